//===- tier_pipeline.h - The pass pipeline of each tier -----------------------------------------------------------===//
#pragma once

#include "tier.h"

#include <llvm/ADT/STLFunctionalExtras.h>

namespace llvm {
class Module;
class TargetMachine;
} // namespace llvm

namespace ajit {

/// Runs LLVM's default pipeline for `tier` over `unit`. O0 runs none unless the unit holds coroutines, which have to be
/// lowered in every tier. Passes that are left when `is_over()` becomes true are skipped, if it is given.
void run_pipeline(llvm::Module& unit, Tier tier, llvm::TargetMachine& machine,
                  llvm::function_ref<bool()> is_over = nullptr);

} // namespace ajit
