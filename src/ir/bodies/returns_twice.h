//===- returns_twice.h - Variables of functions that call setjmp --------------------------------------------------===//
//
// The C standard leaves the value of a non-volatile variable indeterminate after longjmp if it was changed since setjmp
// (C17 7.13.2.1). Unoptimised code keeps the variable in memory, so it holds its last value, and programs come to rely
// on that. An ahead-of-time build of `optnone` bitcode never optimises such a function, at any level. Here the function
// goes through mem2reg at least. So its variables become volatile: it stays as slow as it is natively, and as correct.
//
// A function without `optnone` stays as it is: its compiler meant it to be optimised.
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

/// If `function` is `optnone` and makes such a call, makes all accesses to its variables volatile.
void keep_variables_across_second_returns(llvm::Function& function);

} // namespace ajit
