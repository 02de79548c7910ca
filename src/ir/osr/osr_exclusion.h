//===- osr_exclusion.h - Which functions and values on-stack replacement cannot move ------------------------------===//
#pragma once

#include <string>

namespace llvm {
class Function;
class Instruction;
class Type;
} // namespace llvm

namespace ajit {

struct FunctionTraits;

/// Why no loop of `function` can have a point, as far as its signature, attributes and traits tell; empty if one can.
std::string osr_exclusion(const llvm::Function& function, const FunctionTraits& traits);

/// Why no loop of the function that holds `instruction` can have a point; null if it is no obstacle.
const char* osr_exclusion(const llvm::Instruction& instruction);

/// True if a value of `type` can be stored in one body and loaded in another.
bool can_be_transferred(llvm::Type* type);

} // namespace ajit
