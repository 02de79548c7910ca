//===- signals_held.h - No handler of the program in the midst of a compile ---------------------------------------===//
#pragma once

#include <csignal>
#include <pthread.h>

namespace ajit {

/// While it lives, signals wait: a handler that ran on a thread that compiles might call a function that waits for that
/// very compile, or need a lock of the allocator that the compile holds. Faults do not wait, or the kernel would end
/// the process without asking anybody.
class SignalsHeld {
public:
  SignalsHeld() {
    sigset_t held;
    sigfillset(&held);
    for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS})
      sigdelset(&held, fault);
    pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

private:
  sigset_t before_;
};

} // namespace ajit
