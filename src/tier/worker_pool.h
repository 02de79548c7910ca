//===- worker_pool.h - The compile threads -----------------------------------------------------------------------===//
//
// These threads run inside the program's process, and must not receive the program's signals. So the pool creates them
// with all signals blocked, except those that a thread raises by its own fault: a crash handler needs to see them. The
// pool also sets the size of their stacks, as the program's limit may be too small for LLVM's recursion. (std::thread
// can do neither.)
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "thread_annotations.h"

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <pthread.h>
#include <vector>

namespace ajit {

/// What the threads of a pool are for, and what is lost if the system refuses to create them.
struct WorkerRole {
  const char* name = "ajit-compile"; ///< at most 15 characters
  const char* without = "cannot start a compile thread; functions stay at their tier";
  std::size_t stack_bytes = std::size_t{8} << 20;
};

/// `count` threads that run one function, started when they are first needed.
class WorkerPool {
public:
  /// Each thread runs `body` and ends when it returns. The owner makes it return.
  WorkerPool(unsigned count, std::function<void()> body, WorkerRole role = {});
  ~WorkerPool() { join(); }
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Starts the threads unless they have been started or the pool has been joined. Costs the caller the creation of one
  /// thread, which starts the others. If the system refuses, logs that and does not try again. True if there are
  /// threads.
  bool start() AJIT_EXCLUDES(mutex_);

  /// For a thread of the pool whose work takes long: starts another in its place, and lowers its priority. It is to
  /// return from `body` after this work. False if several replaced threads are at work, or the system refuses.
  bool replace_this_thread() AJIT_EXCLUDES(mutex_);

  /// Waits for the threads to end; none start afterwards. Idempotent. Must not be called from one of the threads.
  void join() AJIT_EXCLUDES(mutex_);

  /// In the child of a fork, where the threads do not exist: forgets them, so that start() makes new ones.
  void reset_after_fork() AJIT_NO_ANALYSIS;

  unsigned count() const { return count_; }

private:
  enum class State {
    idle,    ///< not needed yet
    running, ///< at least the first thread exists
    refused, ///< the system refused to create the first thread
    joined,  ///< the threads have ended; none will start
  };

  static void* run_first(void* pool);
  static void* run_other(void* pool);

  int make_thread(pthread_t& thread, void* (*entry)(void*));
  /// Makes a thread and adds it to the list. Returns 0 or the error.
  int add_thread(void* (*entry)(void*)) AJIT_REQUIRES(mutex_);
  void start_others() AJIT_EXCLUDES(mutex_);
  /// Takes a thread off the list; empty if the list is.
  std::optional<pthread_t> take_thread() AJIT_EXCLUDES(mutex_);

  const unsigned count_;
  const std::function<void()> body_;
  const WorkerRole role_;
  /// Changed under the lock, with release; read without it on start()'s fast path.
  std::atomic<State> state_{State::idle};

  Mutex mutex_;
  std::vector<pthread_t> threads_ AJIT_GUARDED_BY(mutex_); ///< replaced ones until they are seen to have ended
};

} // namespace ajit
