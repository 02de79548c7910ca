#include "compile_gate.h"

#include <cassert>
#include <new>
#include <utility>

namespace ajit {
namespace {
thread_local unsigned depth = 0;
thread_local unsigned windows = 0;
} // namespace

CompileGate& CompileGate::of_process() {
  static auto* gate = new CompileGate();
  return *gate;
}

bool CompileGate::this_thread_inside() { return depth != 0 || windows != 0; }

bool CompileGate::this_thread_in_window() { return windows != 0; }

bool CompileGate::keeps_this_thread_out() const { return closed_ && !(draining_ && windows != 0); }

void CompileGate::enter() {
  if (depth++ != 0) return;
  MutexLock lock(mutex_);
  while (keeps_this_thread_out())
    changed_.wait(mutex_);
  ++inside_;
  if (windows != 0) --in_windows_;
}

void CompileGate::leave() {
  if (depth == 1) {
    MutexLock lock(mutex_);
    --inside_;
    if (windows != 0) ++in_windows_;
    if (closed_ || inside_ == 0) changed_.notify_all();
  }
  --depth; // last: a signal handler that comes meanwhile nests, instead of taking the lock again
}

CompileGate::Window::Window(CompileGate& gate) : gate_(gate), depth_(std::exchange(depth, 1)) {
  assert(depth_ != 0);
  ++windows;
  gate_.leave();
}

CompileGate::Window::~Window() {
  gate_.enter();
  --windows;
  depth = depth_;
}

CompileGate::Position CompileGate::position() { return {depth, windows}; }

void CompileGate::return_to(Position before) {
  if (depth == 0 && before.depth != 0) enter();
  windows = before.windows;
  if (depth != 0 && before.depth == 0) {
    depth = 1;
    leave();
  }
  depth = before.depth;
}

void CompileGate::close(bool windows_too) {
  MutexLock lock(mutex_);
  while (closed_)
    changed_.wait(mutex_);
  closed_ = true;
  draining_ = windows_too;
  // A signal handler that interrupted a compile on this thread and forks would wait for itself, so this thread does not
  // count. The fork goes on, as it would without ajit, and its child must not compile.
  const unsigned own = depth != 0 ? 1 : 0;
  const unsigned own_window = depth == 0 && windows != 0 ? 1 : 0;
  while (inside_ != own || (windows_too && in_windows_ != own_window))
    changed_.wait(mutex_);
}

void CompileGate::open() {
  MutexLock lock(mutex_);
  closed_ = draining_ = false;
  changed_.notify_all();
}

void CompileGate::reset_after_fork() {
  // Threads that waited exist in the parent only, but the condition variable still lists them. The child must not wake
  // them or wait for them, so it starts with a new one.
  new (&mutex_) Mutex();
  new (&changed_) std::condition_variable_any();
  inside_ = depth != 0 ? 1 : 0;
  in_windows_ = depth == 0 && windows != 0 ? 1 : 0;
  closed_ = draining_ = false;
}

} // namespace ajit
