//===- returns_twice.h - Variables of functions that setjmp returns to twice --------------------------------------===//
//
// The C standard leaves open what a variable that is not volatile holds after longjmp if it was changed since setjmp
// (C17 7.13.2.1). Code that is not optimised keeps it in memory, so that it holds its last value, and programs come to
// rely on that. A build of `optnone` bitcode never optimises such a function, whatever level it is asked for; here it
// goes through mem2reg at least. So its variables become volatile: it stays as slow as it is natively, and as right.
//
// Functions without `optnone` were left to the optimiser by whoever compiled them.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

namespace llvm {
class CallBase;
class Function;
} // namespace llvm

namespace ajit {

/// Whether `call` may return more than once: setjmp and its like, vfork, `__builtin_setjmp`.
bool returns_twice(const llvm::CallBase& call);

/// If `function` is `optnone` and makes such a call, has all accesses to its variables done as they are written.
void keep_variables_across_second_returns(llvm::Function& function);

} // namespace ajit
