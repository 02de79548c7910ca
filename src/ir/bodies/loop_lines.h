//===- loop_lines.h - Where loops begin in the source -------------------------------------------------------------===//
#pragma once

#include <cstdint>
#include <vector>

namespace llvm {
class Function;
} // namespace llvm

namespace ajit {

/// The source line of each loop of `function`, by the loop's index; 0 where it is unknown. Without debug information,
/// returns an empty vector at no cost.
std::vector<uint32_t> loop_lines(llvm::Function& function);

} // namespace ajit
