//===- target_spec.h - The target that code is generated for ------------------------------------------------------===//
#pragma once

#include "tier.h"

#include <llvm/Support/Error.h>
#include <memory>
#include <string>

namespace llvm {
class TargetMachine;
}

namespace ajit {

/// A target as LLVM describes it, and what decides the features of each function (function_features.h).
struct TargetSpec {
  std::string triple;
  std::string cpu;
  std::string features;             ///< of every function
  bool bitcode_features = false;    ///< functions also have those that the bitcode names
  std::string wider_features;       ///< of functions that may use what this machine has; includes `features`
  std::string wider_without_avx512; ///< the same for functions whose results AVX-512 would change
  bool position_independent = true; ///< false: static relocations, for the bare-metal target

  /// This machine, with clang's generic tuning. LLVM's models of particular processors lose on some loops what they
  /// gain on others (docs/performance.md).
  static TargetSpec host();

  /// The features that most functions have at `tier`.
  const std::string& usual_features(Tier tier) const { return tier == Tier::O0 ? features : wider_features; }

  /// A target machine with the code generation level of `tier`. Fails on an unknown triple.
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>> create_machine(Tier tier) const;
};

} // namespace ajit
