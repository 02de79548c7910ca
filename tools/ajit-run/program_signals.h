//===- program_signals.h - Signals that the program and the runner both handle ------------------------------------===//
//
// Problem: a fault in a compile ends that compile alone (compile_guard.h), for which the runner needs the handlers of
// the fault signals. A program that installs a handler of its own would replace the runner's, and get the compiler's
// faults as its own.
//
// Approach: the runner defines `sigaction`, `signal` and the rest of that family, and exports them, so that the program
// and all libraries find these before the C library's. For a watched signal they keep the program's action in a table,
// answer from it, and leave the runner's handler in the kernel. That handler takes the compiler's faults. Everything
// else it hands on as the kernel would have: with the program's mask, flags, and on the stack that its flags ask for.
// The kernel applies the mask and SA_NODEFER itself, as the runner's action has those of the program's.
//
// If the program's action lacks SA_ONSTACK, its handler must run on the interrupted stack, while the runner's runs on
// the thread's alternate one: a compile may have overflowed its stack. The runner then copies the kernel's frame to the
// interrupted stack, and continues there as if the kernel had put it there.
//
// Beyond reach: rt_sigaction as a raw system call, and dlsym(RTLD_NEXT, "sigaction") in a library. What they install
// gets the compiler's faults too. A fault signal that the program ignores is not ignored in a program that it executes.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <csignal>

namespace ajit {

enum class Watch {
  fault, ///< the runner's handler stays installed, whatever the program installs
  ending ///< it is installed while the program has the default action
};

struct SignalWatcher {
  /// Does not return if the signal is the runner's own affair.
  void (*take_own)(int signal, const siginfo_t& info);
  /// Before the default action ends the process. That action is in place when this is called.
  void (*before_end)(int signal);
};

/// To be called before code of the program runs.
void watch_signals_with(const SignalWatcher& watcher);
void watch_signal(int signal, Watch watch);

} // namespace ajit
