//===- feature_needs.h - Which processor features a function's code may use ---------------------------------------===//
//
// The bitcode names features for each function (`-mavx2`, `__attribute__((target("avx2")))`; none: every x86-64
// processor's). These decide how vectors are passed: <8 x i32> goes in one register with AVX and in two without. They
// decide some results as well. So a body is compiled for the features that the bitcode names. Above O0 it may also use
// the host's (codegen/function_features.h), if two things hold:
//
//   - No value crosses its calls, or calls of it, that other features would pass elsewhere.
//   - The host's features change no result. Conversions from half precision ignore the rounding mode in software and
//     follow it with F16C, and conversions to unsigned integers have other results out of range with AVX-512. AVX-512
//     includes F16C, so functions with such conversions do without AVX-512.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/ADT/StringMap.h>

namespace llvm {
class Function;
class TargetMachine;
} // namespace llvm

namespace ajit {

/// Marks `function`, whose body has been read, with what of the host's features its code must not use (unit_marks.h).
void note_feature_needs(llvm::Function& function);

/// Answers whether functions were compiled for a feature by the bitcode's own account.
class OwnFeature {
public:
  /// `feature` as in `+fma`. Borrows `machine`.
  OwnFeature(const llvm::TargetMachine& machine, llvm::StringRef feature) : machine_(machine), feature_(feature) {}

  bool is_of(const llvm::Function& function);

private:
  const llvm::TargetMachine& machine_;
  const llvm::StringRef feature_;
  llvm::StringMap<bool> known_; ///< by processor and features
};

} // namespace ajit
