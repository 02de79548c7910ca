//===- function_signature.h - How a function is called, for the manifest -----------------------------------------===//
//
// The kernel's shell calls functions by name with arguments that it reads as text, so it needs their types. IR has no
// signedness. It comes from the debug information if the bitcode carries any, else from sign and zero extension.
// Failing both, an integer counts as signed.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <cstdint>
#include <llvm/Support/Error.h>
#include <map>
#include <string>

namespace llvm {
class Function;
}

namespace ajit {

class ModuleSource;

struct FunctionSignature {
  std::string text;  ///< "u64(i32,ptr)", or "-" if the manifest's types cannot express it
  uint8_t flags = 0; ///< of manifest_flag
};

/// Reads the declaration and attached debug information, not the body.
FunctionSignature function_signature(const llvm::Function& function);

/// The signatures of all functions in `source`, by their names there. Parses `source` again, because units carry no
/// debug information.
llvm::Expected<std::map<std::string, FunctionSignature>> function_signatures(const ModuleSource& source);

} // namespace ajit
