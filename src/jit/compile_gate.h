//===- compile_gate.h - Keeps compiles and forks apart ------------------------------------------------------------===//
//
// A fork copies every lock in the state it is in and only the thread that forked. A compile holds locks of LLVM, ORC
// and the allocator on and off, so a fork in its midst would leave the child with locks that nobody will release.
// Compiles pass through this gate; fork closes it, waits until nobody is inside, and both sides open it again. Nothing
// of the program runs inside the gate, so the wait is bounded by the longest compile.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "thread_annotations.h"

#include <condition_variable>

namespace ajit {

/// Thread-safe.
class CompileGate {
public:
  /// While it lives, its thread is inside. Waits while the gate is closed. Nests within a thread.
  class Inside {
  public:
    explicit Inside(CompileGate& gate) : gate_(gate) { gate_.enter(); }
    ~Inside() { gate_.leave(); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

  private:
    CompileGate& gate_;
  };

  /// Waits until no other thread is inside, and lets none in.
  void close() AJIT_EXCLUDES(mutex_);
  void open() AJIT_EXCLUDES(mutex_);

  /// In the child of a fork made while closed: opens the gate with nobody waiting.
  void reset_after_fork() AJIT_NO_ANALYSIS;

  /// Whether the calling thread is inside any gate.
  static bool this_thread_inside();

private:
  void enter() AJIT_EXCLUDES(mutex_);
  void leave() AJIT_EXCLUDES(mutex_);

  Mutex mutex_;
  std::condition_variable_any changed_;
  unsigned inside_ AJIT_GUARDED_BY(mutex_) = 0;
  bool closed_ AJIT_GUARDED_BY(mutex_) = false;
};

} // namespace ajit
