//===- compile_gate.h - Keeps compiles and forks apart ------------------------------------------------------------===//
//
// A fork copies every lock in its current state, but only the thread that forked. A compile takes and releases locks of
// LLVM, ORC and the allocator, so a fork during a compile could leave the child with locks that no thread releases.
// Compiles therefore pass through this gate. A fork closes it and waits until every other thread has left; then parent
// and child open it again. The program's functions do not run inside the gate, so the longest compile bounds the wait.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "thread_annotations.h"

#include <condition_variable>

namespace ajit {

/// Thread-safe.
class CompileGate {
public:
  /// While it lives, its thread is inside. The constructor waits while the gate is closed. Nests within a thread.
  class Inside {
  public:
    explicit Inside(CompileGate& gate) : gate_(gate) { gate_.enter(); }
    ~Inside() { gate_.leave(); }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

  private:
    CompileGate& gate_;
  };

  /// Keeps further threads out, and waits until no other thread is inside.
  void close() AJIT_EXCLUDES(mutex_);
  void open() AJIT_EXCLUDES(mutex_);

  /// For the child of a fork made while the gate was closed: opens it and forgets the threads that waited.
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
