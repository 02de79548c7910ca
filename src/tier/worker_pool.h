//===- worker_pool.h - The compile threads -----------------------------------------------------------------------===//
//
// Threads of ours inside somebody else's process: they must not receive the program's signals, so they are born with
// all of them blocked, except those a thread brings upon itself by a fault, which a crash handler needs to see. Their
// stacks are ours to size: the program's limit may be too small for LLVM's recursions. (std::thread can do neither.)
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "thread_annotations.h"

#include <atomic>
#include <cstddef>
#include <functional>
#include <pthread.h>
#include <vector>

namespace ajit {

/// What threads of a pool are for, and what is lost if the system gives us none.
struct WorkerRole {
  const char* name = "ajit-compile"; ///< at most 15 characters
  const char* without = "no compile thread, functions stay at their tier";
  std::size_t stack_bytes = std::size_t{8} << 20;
};

/// `count` threads that run one function, started when they are first needed.
class WorkerPool {
public:
  /// `body` returns when the threads should end; making it return is the owner's task.
  WorkerPool(unsigned count, std::function<void()> body, WorkerRole role = {});
  ~WorkerPool() { join(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Starts the threads unless they have been, or the pool has been joined. Costs the caller one thread's creation: the
  /// first starts the others. If the system refuses, that is logged and not tried again. Whether there are threads.
  bool start() AJIT_EXCLUDES(mutex_);

  /// Waits for the threads to end; none start afterwards. Idempotent; not from one of the threads.
  void join() AJIT_EXCLUDES(mutex_);

  /// In the child of a fork, where the threads do not exist: forgets them, so that start() makes new ones.
  void reset_after_fork() AJIT_NO_ANALYSIS;

  unsigned count() const { return count_; }

private:
  enum class State {
    idle,    ///< not needed yet
    running, ///< at least the first thread exists
    refused, ///< the system has not given us one
    joined,  ///< over
  };

  static void* run_first(void* pool);
  static void* run_other(void* pool);

  int make_thread(pthread_t& thread, void* (*entry)(void*));

  const unsigned count_;
  const std::function<void()> body_;
  const WorkerRole role_;
  /// Changed under the lock, with release; read without it on start()'s quick path.
  std::atomic<State> state_{State::idle};
  /// Written by the first thread alone, read after it has been joined.
  std::vector<pthread_t> others_;

  Mutex mutex_;
  pthread_t first_ AJIT_GUARDED_BY(mutex_){};
};

} // namespace ajit
