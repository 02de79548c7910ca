//===- tier_pipeline.h - The pass pipeline of each tier -----------------------------------------------------------===//
#pragma once

#include "tier.h"

#include <llvm/ADT/STLFunctionalExtras.h>

namespace llvm {
class Module;
class TargetMachine;
} // namespace llvm

namespace ajit {

/// Runs LLVM's default pipeline for `tier` over `unit`. O0 runs a pipeline only if the unit holds coroutines, which
/// have to be lowered in every tier. If `is_over` is given, optional passes are skipped once `is_over()` is true.
void run_pipeline(llvm::Module& unit, Tier tier, llvm::TargetMachine& machine,
                  llvm::function_ref<bool()> is_over = nullptr);

} // namespace ajit
