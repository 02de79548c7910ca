//===- code_figures.h - Figures that show what changed between tiers ----------------------------------------------===//
#pragma once

#include <cstdint>

namespace llvm {
class Function;
}

namespace ajit {

/// Counts over one function's IR.
struct CodeFigures {
  uint32_t instructions = 0;
  uint32_t loads = 0;
  uint32_t stores = 0;
  uint32_t calls = 0; ///< intrinsics are not calls
  uint32_t blocks = 0;
};

CodeFigures count_figures(const llvm::Function& function);

} // namespace ajit
