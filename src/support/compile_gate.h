//===- compile_gate.h - Forks beside compiles ---------------------------------------------------------------------===//
//
// A fork copies every lock in its current state, but only the thread that forks. A thread that holds a lock at that
// moment does not exist in the child, so the child would wait for the lock for ever. And whatever the lock protects may
// be half changed.
//
// So ajit's threads change what they share only inside this gate. A fork closes the gate, and waits until every other
// thread has left it. The passes of the optimiser and the code generator run for seconds, but change what belongs to
// their thread alone. A compile opens a Window around them: a fork does not wait for a thread in a window. If the
// passes do need something shared, the thread goes back inside for that moment.
//
// What the child does about a thread that was in a window:
//
//   - its compile context (LLVMContext, modules, pass managers) and its compile stack are referred to by the lost
//     thread only. They leak; the pools make others.
//   - its claims and the `compiling` states of its functions and loops are given up (Engine::reset_after_fork), so that
//     the child's threads compile these functions again.
//
// Why a thread in a window holds no lock that the child needs, by lock:
//
//   - ours: the pools of contexts, emitters and stacks, the program's names, dumps, notes, the queue, the linker with
//     ORC's session and its string pool, the slab, observers. All are taken inside, together with what they protect:
//     compile_unit.cpp and llvm_compiler.cpp go inside where a callback or a set-up reaches one of them.
//   - LLVM's: of the pass registry, ManagedStatic, the table of extended value types, fatal errors, statistics; and the
//     guards of function-local statics, which the C++ library does not repair after a fork. A thread in a window takes
//     any mutex, read-write lock or guard inside (lock_routing.cpp).
//   - std::call_once: glibc records the fork generation in the flag, and a child runs an interrupted one again. Passes
//     register under such flags when a pass manager is set up, which happens inside.
//   - malloc and stdio: fork() takes or resets their locks. _Fork() does not, so it waits for windows as well.
//   - the dynamic linker's: fork() resets them, and no pass uses the dynamic linker.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "thread_annotations.h"

#include <condition_variable>

namespace ajit {

/// Thread-safe.
class CompileGate {
public:
  /// Forks concern the whole process, so all Jits share one gate. Never destroyed.
  static CompileGate& of_process();

  /// While it lives, its thread is inside. The constructor waits while the gate is closed. Nests within a thread.
  class Inside {
  public:
    explicit Inside(CompileGate& gate = of_process()) : gate_(gate) { gate_.enter(); }
    ~Inside() { gate_.leave(); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

  private:
    CompileGate& gate_;
  };

  /// While it lives, its thread, which is inside, counts as outside, and forks pass.
  class Window {
  public:
    explicit Window(CompileGate& gate = of_process());
    ~Window();
    Window(const Window&) = delete;
    Window& operator=(const Window&) = delete;

  private:
    CompileGate& gate_;
    const unsigned depth_; ///< of the thread's Insides around the window
  };

  /// Keeps further threads out, and waits until no other thread is inside, or in a window if `windows_too`.
  void close(bool windows_too = false) AJIT_EXCLUDES(mutex_);
  void open() AJIT_EXCLUDES(mutex_);

  /// For the child of a fork made while the gate was closed: opens it and forgets the threads that waited.
  void reset_after_fork() AJIT_NO_ANALYSIS;

  /// Whether the calling thread is inside, or in a window.
  static bool this_thread_inside();
  static bool this_thread_in_window();

  /// Where a thread is, in the nesting of its Insides and Windows.
  struct Position {
    unsigned depth = 0;
    unsigned windows = 0;
  };
  static Position position();
  /// After a jump out of guarded work (compile_guard.h), which skips the ends of Insides and Windows: the thread is where
  /// it was when it began that work.
  void return_to(Position before) AJIT_EXCLUDES(mutex_);

  /// What Inside does, for callers whose two ends are in different functions.
  void enter() AJIT_EXCLUDES(mutex_);
  void leave() AJIT_EXCLUDES(mutex_);

private:
  bool keeps_this_thread_out() const AJIT_REQUIRES(mutex_);
  /// Counts the calling thread as one that is at `position`.
  void count(Position position) AJIT_REQUIRES(mutex_);

  Mutex mutex_;
  std::condition_variable_any changed_;
  unsigned inside_ AJIT_GUARDED_BY(mutex_) = 0;
  unsigned in_windows_ AJIT_GUARDED_BY(mutex_) = 0; ///< and not inside
  bool closed_ AJIT_GUARDED_BY(mutex_) = false;
  bool draining_ AJIT_GUARDED_BY(mutex_) = false; ///< closed, but threads in windows may come back and leave
};

} // namespace ajit
