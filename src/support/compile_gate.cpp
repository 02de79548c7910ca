#include "compile_gate.h"

#include <cassert>
#include <new>
#include <utility>

namespace ajit {
namespace {
thread_local unsigned depth = 0;
thread_local unsigned windows = 0;

/// How the gate counts a thread. Apart from `depth` and `windows`, as a fault may come between the two.
enum class Counted : unsigned char { no, inside, in_window };
thread_local Counted counted = Counted::no;

Counted count_wanted(CompileGate::Position position) {
  if (position.depth != 0) return Counted::inside;
  return position.windows != 0 ? Counted::in_window : Counted::no;
}
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
  count({depth, windows});
}

void CompileGate::leave() {
  if (depth == 1) {
    MutexLock lock(mutex_);
    count({0, windows});
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

void CompileGate::count(Position position) {
  const Counted before = std::exchange(counted, count_wanted(position));
  if (before == Counted::inside) --inside_;
  if (before == Counted::in_window) --in_windows_;
  if (counted == Counted::inside) ++inside_;
  if (counted == Counted::in_window) ++in_windows_;
}

void CompileGate::return_to(Position before) {
  depth = 1; // the gate's own lock nests
  {
    MutexLock lock(mutex_);
    if (before.depth != 0 && counted != Counted::inside)
      while (keeps_this_thread_out())
        changed_.wait(mutex_);
    count(before);
    changed_.notify_all();
  }
  windows = before.windows;
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
  const unsigned own = counted == Counted::inside ? 1 : 0;
  const unsigned own_window = counted == Counted::in_window ? 1 : 0;
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
  inside_ = counted == Counted::inside ? 1 : 0;
  in_windows_ = counted == Counted::in_window ? 1 : 0;
  closed_ = draining_ = false;
}

} // namespace ajit
