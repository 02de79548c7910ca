//===- signals_held.h - Keeps the program's signal handlers out of compiles ---------------------------------------===//
#pragma once

#include <csignal>
#include <pthread.h>

namespace ajit {

/// While it lives, signals to its thread wait. A handler that ran on a compiling thread might call a function that
/// waits for that very compile, or need the runtime's heap while the compile is inside it. A thread of the program
/// therefore holds signals wherever it uses that heap. Faults do not wait, not even where the program blocks their
/// signals, as its own handlers of faults do: if the signal of a fault is blocked, the kernel ends the process.
class SignalsHeld {
public:
  SignalsHeld() {
    sigset_t held;
    sigfillset(&held);
    for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS})
      sigdelset(&held, fault);
    pthread_sigmask(SIG_SETMASK, &held, &before_);
  }
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

private:
  sigset_t before_;
};

} // namespace ajit
