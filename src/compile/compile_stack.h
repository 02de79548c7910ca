//===- compile_stack.h - A stack of our own for compiles ----------------------------------------------------------===//
//
// Problem: a first call compiles on the thread that makes it, and that thread's stack is the program's choice: 16 KiB
// of a small thread, 8 KiB of a coroutine, an alternate signal stack. LLVM needs more than 100 KiB, and what lies below
// a small stack is often the heap.
//
// Approach: a compile runs on a stack that is large, has a guard page and an alternate stack for the signal of an
// overflow, and comes from a pool. The switch is one
// assembly function with unwind information, so backtraces pass through it. A stack is address space until it is
// touched.
//
// Rejected: makecontext and swapcontext, which save and restore the signal mask by system calls.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/ADT/STLFunctionalExtras.h>

namespace ajit {

/// To be called inside the compile gate. Runs `work` on this thread, on a pooled stack; on the caller's if this thread
/// is on a pooled one already, or if there is no address space for one. What `work` throws goes on to the caller.
void run_on_compile_stack(llvm::function_ref<void()> work);

/// The same on a stack of its own that is much larger, for reading modules: text and types may be nested deeply.
void run_on_large_stack(llvm::function_ref<void()> work);

} // namespace ajit
