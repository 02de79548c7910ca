//===- target_spec.h - What code is generated for -----------------------------------------------------------------===//
#pragma once

#include "tier.h"

#include <llvm/Support/Error.h>
#include <memory>
#include <string>

namespace llvm {
class TargetMachine;
}

namespace ajit {

/// A target in the words of LLVM. One spec serves all tiers: they call one another with wide vectors, so they must
/// agree on the features.
struct TargetSpec {
  std::string triple;
  std::string cpu;
  std::string features;
  bool position_independent = true; ///< false: static relocations, as the bare-metal target wants
  bool emulated_tls = true;         ///< thread-local variables as data and calls: no JIT relocation reaches real ones

  /// This machine: every feature it has, but tuned as clang does for any. LLVM's models of single processors lose on
  /// some loops what they win on others (docs/performance.md).
  static TargetSpec host();

  /// A target machine that generates code as `tier` wants it. Fails on an unknown triple.
  llvm::Expected<std::unique_ptr<llvm::TargetMachine>> create_machine(Tier tier) const;
};

} // namespace ajit
