//===- signals_held.h - Keeps the program's signal handlers out of compiles ---------------------------------------===//
#pragma once

#include <csignal>
#include <pthread.h>

namespace ajit {

/// While it lives, signals to its thread wait. A handler that ran on a compiling thread might call a function that
/// waits for that very compile, or need an allocator lock that the compile holds. Two kinds of signals do not wait:
///
/// - faults: if a fault's signal is blocked, the kernel ends the process without running a handler.
/// - those that end or stop the process by default and have no handler. They act at once, so that a program can be
///   stopped in the first call of a function that takes seconds to compile. If another thread installs a handler
///   meanwhile, that handler may run on this thread.
class SignalsHeld {
public:
  SignalsHeld() {
    sigset_t held;
    sigfillset(&held);
    for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS})
      sigdelset(&held, fault);
    for (int end :
         {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGPIPE, SIGVTALRM, SIGPROF, SIGXCPU, SIGTSTP})
      if (has_default_action(end)) sigdelset(&held, end);
    pthread_sigmask(SIG_BLOCK, &held, &before_);
  }
  ~SignalsHeld() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

private:
  static bool has_default_action(int signal) {
    struct sigaction action {};
    return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_DFL;
  }

  sigset_t before_;
};

} // namespace ajit
