//===- fast_math.h - Results that depend on how a function is compiled --------------------------------------------===//
//
// Fast-math flags (`-ffast-math`) let a compiler reorder sums, replace divisions by estimates, and fuse a
// multiplication with an addition. Each pipeline uses this freedom in its own way. But a program whose functions change
// tier at some moment may not change its results at that moment. So what the flags become depends on the bitcode:
//
//   - In `optnone` bitcode all flags are dropped. Every tier computes what the code says, as `clang -O0` does.
//   - In optimised bitcode the flags stay. If a function has flags that may change a result, all tiers compile it with
//     one pipeline, that of O2, for the function's own features, with the same callees inlined. Its results are those
//     of `clang -O2`. No frame moves into such a function, because a continuation would begin its sums elsewhere.
//   - Where a function's own features lack FMA, `fmuladd` becomes a multiplication and an addition, and `contract`
//     allows nothing. An ahead-of-time build rounds twice, so ajit does too, even if the host has FMA.
//
// Rejected: dropping the flags of optimised bitcode as well. The flags stand for what an ahead-of-time build computes,
// estimates of square roots for example.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

namespace llvm {
class Function;
}

namespace ajit {

/// Does the above to `function`, which is as the bitcode has it. `has_fma` says whether its own features have FMA.
void settle_fast_math(llvm::Function& function, bool has_fma);

/// Whether all tiers must compile `function`, a canonical body or a clone of one, with the same pipeline.
bool has_one_pipeline(const llvm::Function& function);

} // namespace ajit
