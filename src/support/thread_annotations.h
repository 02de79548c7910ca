//===- thread_annotations.h - Clang thread-safety analysis -------------------------------------------------------===//
//
// std::mutex carries no annotations in libstdc++, so the analysis needs a wrapper. Mutex and MutexLock are that and no
// more; condition variables wait on Mutex directly (std::condition_variable_any takes any lockable).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <mutex>

#define AJIT_CAPABILITY(name) __attribute__((capability(name)))
#define AJIT_SCOPED_CAPABILITY __attribute__((scoped_lockable))
#define AJIT_GUARDED_BY(mutex) __attribute__((guarded_by(mutex)))
#define AJIT_REQUIRES(...) __attribute__((requires_capability(__VA_ARGS__)))
#define AJIT_EXCLUDES(...) __attribute__((locks_excluded(__VA_ARGS__)))
#define AJIT_ACQUIRE(...) __attribute__((acquire_capability(__VA_ARGS__)))
#define AJIT_TRY_ACQUIRE(...) __attribute__((try_acquire_capability(__VA_ARGS__)))
#define AJIT_RELEASE(...) __attribute__((release_capability(__VA_ARGS__)))
#define AJIT_NO_ANALYSIS __attribute__((no_thread_safety_analysis))

namespace ajit {

class AJIT_CAPABILITY("mutex") Mutex {
public:
  void lock() AJIT_ACQUIRE() { mutex_.lock(); }
  void unlock() AJIT_RELEASE() { mutex_.unlock(); }
  bool try_lock() AJIT_TRY_ACQUIRE(true) { return mutex_.try_lock(); }

private:
  std::mutex mutex_;
};

class AJIT_SCOPED_CAPABILITY MutexLock {
public:
  explicit MutexLock(Mutex& mutex) AJIT_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexLock() AJIT_RELEASE() { mutex_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

private:
  Mutex& mutex_;
};

} // namespace ajit
