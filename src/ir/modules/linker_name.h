//===- linker_name.h - The name that linkers see for an IR symbol --------------------------------------------------===//
#pragma once

#include <llvm/ADT/StringRef.h>
#include <llvm/IR/GlobalValue.h>

namespace ajit {

/// The name of `symbol` in object files: without the \01 that keeps LLVM's mangler from changing a name.
inline llvm::StringRef linker_name(llvm::StringRef symbol) {
  return llvm::GlobalValue::dropLLVMManglingEscape(symbol);
}

} // namespace ajit
