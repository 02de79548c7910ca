#include "forks.h"
#include "compile_gate.h"
#include "engine.h"
#include "engine_list.h"

#include <cerrno>
#include <csignal>
#include <pthread.h>
#include <unistd.h>

namespace ajit {
namespace {

/// The signal mask of the thread that forks; guarded by the list's lock.
sigset_t signals_at_fork;

/// Holds signals until the fork is over: a handler on this thread that needed a compile would wait for ever at the
/// gate, which only this thread opens. (An example is a shell's SIGCHLD handler, when one child ends as it forks the
/// next.)
void before_fork(bool compiles_too) AJIT_NO_ANALYSIS {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  engine_list().mutex.lock();
  signals_at_fork = before;
  for (Engine* engine : engine_list().engines)
    engine->before_fork();
  CompileGate::of_process().close(compiles_too);
}

void before_usual_fork() { before_fork(/*compiles_too=*/false); }

void release_signals_and_lock() AJIT_NO_ANALYSIS {
  const sigset_t before = signals_at_fork;
  engine_list().mutex.unlock();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void after_fork_in_parent() AJIT_NO_ANALYSIS {
  CompileGate::of_process().open();
  for (Engine* engine : engine_list().engines)
    engine->after_fork_in_parent();
  release_signals_and_lock();
}

void after_fork_in_child() AJIT_NO_ANALYSIS {
  CompileGate::of_process().reset_after_fork();
  for (Engine* engine : engine_list().engines)
    engine->after_fork_in_child();
  release_signals_and_lock();
}

} // namespace

void watch_forks() {
  static const int registered = pthread_atfork(&before_usual_fork, &after_fork_in_parent, &after_fork_in_child);
  static_cast<void>(registered);
}

pid_t program_plain_fork() AJIT_NO_ANALYSIS {
  before_fork(/*compiles_too=*/true); // a compile may hold a lock of malloc
  pid_t child = _Fork();
  int error = errno;
  if (child == 0)
    after_fork_in_child();
  else
    after_fork_in_parent();
  errno = error;
  return child;
}

} // namespace ajit
