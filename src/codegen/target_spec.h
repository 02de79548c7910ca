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

/// A target as LLVM describes it. One spec serves all tiers: they pass wide vectors to one another, so they must agree
/// on the features.
struct TargetSpec {
  std::string triple;
  std::string cpu;
  std::string features;
  bool position_independent = true; ///< false: static relocations, for the bare-metal target

  /// This machine: all of its features, but clang's generic tuning. LLVM's models of particular processors lose on some
  /// loops what they gain on others (docs/performance.md).
  static TargetSpec host();

  /// A target machine with the code generation level of `tier`. Fails on an unknown triple.
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>> create_machine(Tier tier) const;
};

} // namespace ajit
