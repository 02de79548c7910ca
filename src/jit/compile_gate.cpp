#include "compile_gate.h"

#include <new>

namespace ajit {
namespace {
thread_local unsigned depth = 0;
}

bool CompileGate::this_thread_inside() { return depth != 0; }

void CompileGate::enter() {
  if (depth++ != 0) return;
  MutexLock lock(mutex_);
  while (closed_)
    changed_.wait(mutex_);
  ++inside_;
}

void CompileGate::leave() {
  if (--depth != 0) return;
  MutexLock lock(mutex_);
  if (--inside_ == 0) changed_.notify_all();
}

void CompileGate::close() {
  MutexLock lock(mutex_);
  while (closed_)
    changed_.wait(mutex_);
  closed_ = true;
  // A signal handler that interrupted a compile on this thread and forks would wait for itself, so this thread does not
  // count. The fork goes on, as it would without ajit, and its child must not compile.
  const unsigned own = depth != 0 ? 1 : 0;
  while (inside_ != own)
    changed_.wait(mutex_);
}

void CompileGate::open() {
  MutexLock lock(mutex_);
  closed_ = false;
  changed_.notify_all();
}

void CompileGate::reset_after_fork() {
  // Threads that waited exist in the parent only, but the condition variable still lists them. The child must not wake
  // them or wait for them, so it starts with a new one.
  new (&mutex_) Mutex();
  new (&changed_) std::condition_variable_any();
  inside_ = depth != 0 ? 1 : 0;
  closed_ = false;
}

} // namespace ajit
