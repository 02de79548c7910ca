//===- canonical_function.h - The form that every tier starts from -----------------------------------------------===//
//
// Every tier, and every entry into the middle of a loop, is compiled from one form of the original bitcode and never
// from the output of another tier, so that values and blocks correspond by construction:
//
//   - `optnone` is dropped, with the `noinline` and the frame pointer that clang -O0 adds to it; otherwise the tiers
//     would not differ. A `noinline` without `optnone` comes from the programmer and stays. So does that of a function
//     which asks for its return address or frame, or calls one that reads its return address. If a function of the
//     module asks for its callers' frames, or the module may walk the stack, every `noinline` of the module stays.
//     Frame pointers stay if any function of the module asks for a frame.
//   - variables of a function that calls setjmp stay in memory (returns_twice.h).
//   - branches on constants that -O0 bitcode merges first are threaded (known_branches.h).
//   - a block and its only successor, if that has no other predecessor, become one: at O0 each value that crosses from
//     one block to the next would be stored and loaded.
//   - locals of -O0 bitcode become values (mem2reg); loops stay as they were. SROA, which would split aggregates as
//     well, takes twice as long: 7 % of the instructions that the sqlite3 shell's first query takes, 11 % of its time.
//     It made no sample's O0 code measurably faster. The pipelines from O1 on begin with SROA anyway.
//   - what the function may not gain from the host's features is noted (feature_needs.h).
//   - fast-math flags are dropped, or all tiers are bound to one pipeline; where the bitcode's own features lack FMA,
//     `fmuladd` becomes a multiplication and an addition (fast_math.h).
//   - accesses to thread-local variables that are not at a fixed distance from the thread pointer go through a call
//     (tls_access.h), and so do label addresses of other functions (foreign_labels.h).
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

class ModuleSource;

/// Owns the analyses that the form needs. One per module copy; for one thread at a time.
class Canonicaliser {
public:
  /// `module`, a copy of `source`, is in the form of normalise.h.
  Canonicaliser(llvm::Module& module, const ModuleSource& source, llvm::TargetMachine& machine);
  ~Canonicaliser();

  /// Brings `function`, which has a valid body, into canonical form.
  void run(llvm::Function& function);

private:
  struct Analyses;
  const ModuleSource& source_;
  std::unique_ptr<Analyses> analyses_;
};

} // namespace ajit
