//===- canonical_function.h - The form that every tier starts from -----------------------------------------------===//
//
// Every tier, and every entry into the middle of a loop, is compiled from one form of the original bitcode and never
// from the output of another tier, so that values and blocks correspond by construction:
//
//   - `optnone` goes, with the `noinline` and the frame pointer that clang -O0 adds to it; or tiers would change
//     nothing. A `noinline` without `optnone` was written by somebody and stays, and so does that of a function that
//     asks for its return address or frame; in a module where one asks for those of its callers, everybody's. Frame
//     pointers stay where any are asked for.
//   - variables of a function that calls setjmp stay in memory (returns_twice.h).
//   - branches on constants that -O0 bitcode merges first are threaded (known_branches.h).
//   - blocks that follow one another on every way become one: what crosses from one to the next would be stored and
//     loaded at O0.
//   - locals of -O0 bitcode become values (mem2reg); loops stay as they were. SROA, which would split
//     aggregates as well, takes twice as long and made no sample's O0 code measurably faster: 7 % of the instructions
//     that the sqlite3 shell's first query takes, 11 % of its time. The pipelines from O1 on begin with SROA anyway.
//   - the bitcode's CPU, tuning and feature strings go: the compiler's own apply to all code alike. Calls between tiers
//     pass wide vectors, so all must agree.
//   - where the bitcode's own features lack FMA, `fmuladd` becomes a multiplication and an addition, and `contract` is
//     dropped: an ahead-of-time build of this bitcode rounds twice, so we do, whatever the host could do.
//   - accesses to thread-local variables that others may define go through a call (tls_access.h), and so do addresses
//     of labels of other functions (foreign_labels.h).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <memory>

namespace llvm {
class Function;
class Module;
class TargetMachine;
} // namespace llvm

namespace ajit {

/// Owns the analyses the form needs. One per module copy; one thread at a time.
class Canonicaliser {
public:
  /// `module` is in the form of normalise.h.
  Canonicaliser(llvm::Module& module, llvm::TargetMachine& machine);
  ~Canonicaliser();

  /// Brings `function`, which has a valid body, into canonical form.
  void run(llvm::Function& function);

private:
  struct Analyses;
  std::unique_ptr<Analyses> analyses_;
};

} // namespace ajit
