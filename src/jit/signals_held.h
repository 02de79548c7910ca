//===- signals_held.h - Keeps the program's signal handlers out of compiles ---------------------------------------===//
#pragma once

#include <csignal>
#include <pthread.h>

namespace ajit {

/// While it lives, signals to its thread wait. A handler that ran on a compiling thread might call a function that
/// waits for that very compile, or need the runtime's heap while the compile is inside it. A thread of the program
/// therefore holds signals wherever it uses that heap. Faults do not wait, not even where the program blocks their
/// signals, as its own handlers of faults do: if the signal of a fault is blocked, the kernel ends the process.
///
/// Nor is the thread cancelled meanwhile: pthread_cancel() takes effect at its next cancellation point afterwards.
class SignalsHeld {
public:
  enum class DefaultEnds : bool {
    wait,
    /// Signals that end or stop the process by default and have no handler act at once, so that a program can be
    /// stopped in the first call of a function that takes seconds to compile. If another thread installs a handler
    /// meanwhile, that handler may run on this thread.
    act,
  };

  explicit SignalsHeld(DefaultEnds ends = DefaultEnds::wait) {
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state_);
    sigset_t held;
    sigfillset(&held);
    for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS})
      sigdelset(&held, fault);
    pthread_sigmask(SIG_SETMASK, &held, &before_);
    if (ends == DefaultEnds::act) let_ends_act(held);
  }
  ~SignalsHeld() {
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    pthread_setcancelstate(cancel_state_, nullptr);
  }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;

private:
  void let_ends_act(sigset_t held) const {
    for (int end :
         {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGPIPE, SIGVTALRM, SIGPROF, SIGXCPU, SIGTSTP})
      if (!sigismember(&before_, end) && has_default_action(end)) sigdelset(&held, end);
    pthread_sigmask(SIG_SETMASK, &held, nullptr);
  }

  static bool has_default_action(int signal) {
    struct sigaction action {};
    return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_DFL;
  }

  sigset_t before_;
  int cancel_state_ = PTHREAD_CANCEL_ENABLE;
};

} // namespace ajit
