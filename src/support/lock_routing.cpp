//===- lock_routing.cpp - Locks are taken inside the compile gate -------------------------------------------------===//
//
// LLVM's passes run in windows of the compile gate (compile_gate.h), where forks pass. Now and then they take a lock of
// the process: that of the pass registry for each name of a pass, that of the selection DAG's table of types, the guard
// of a static local on its first use. A thread in a window goes inside from the moment before it takes such a lock to
// the moment after it has given it back, so no fork falls in between.
//
// This holds for all locks at once. The linker sends the calls of all code that is linked statically here: `--wrap`, an
// interface property of the CMake target. A program that embeds the library with a shared libLLVM does not have this
// for LLVM's own locks.
//
// The same calls note which locks a thread in guarded work has taken (taken_locks.h).
//
// A thread outside of windows and of guarded work pays for a look at two thread-local variables.
//
//===-------------------------------------------------------------------------------------------------------------===//
#include "compile_gate.h"
#include "taken_locks.h"

#include <algorithm>
#include <climits>
#include <iterator>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

extern "C" {

int __real_pthread_mutex_lock(pthread_mutex_t* mutex);
int __real_pthread_mutex_trylock(pthread_mutex_t* mutex);
int __real_pthread_mutex_unlock(pthread_mutex_t* mutex);
int __real_pthread_rwlock_rdlock(pthread_rwlock_t* lock);
int __real_pthread_rwlock_wrlock(pthread_rwlock_t* lock);
int __real_pthread_rwlock_unlock(pthread_rwlock_t* lock);
int __real_pthread_once(pthread_once_t* flag, void (*once)());
int __real___cxa_guard_acquire(void* guard);
void __real___cxa_guard_release(void* guard);
void __real___cxa_guard_abort(void* guard);
}

namespace {

using ajit::CompileGate;

void go_inside() {
  if (CompileGate::this_thread_in_window()) CompileGate::of_process().enter();
}

void go_outside() {
  if (CompileGate::this_thread_in_window()) CompileGate::of_process().leave();
}

enum class LockKind : unsigned char { mutex, read_write, guard, once };

struct NotedLock {
  LockKind kind;
  void* lock;
};

/// What a thread notes. Plain memory, as a jump may leave it at any instruction.
struct Notes {
  unsigned scopes; ///< TakenLocks that live; without one nothing is noted
  unsigned count;
  NotedLock locks[32]; ///< in the order they were taken; more are not noted
};

constinit thread_local Notes notes{};

void note(LockKind kind, void* lock) {
  if (notes.scopes != 0 && notes.count != std::size(notes.locks)) notes.locks[notes.count++] = {kind, lock};
}

/// The latest note of `lock`, if there is one.
void forget(const void* lock) {
  for (unsigned i = notes.count; i-- != 0;)
    if (notes.locks[i].lock == lock) {
      std::copy(notes.locks + i + 1, notes.locks + notes.count, notes.locks + i);
      --notes.count;
      return;
    }
}

/// Whether a mutex is locked and has no owner, as in the middle of pthread_mutex_lock() and pthread_mutex_unlock(). If
/// that lasts, it is the calling thread's, which has jumped out of one of them.
bool stays_without_owner(pthread_mutex_t* mutex) {
  const auto is_so = [=] {
    return __atomic_load_n(&mutex->__data.__lock, __ATOMIC_ACQUIRE) != 0 &&
           __atomic_load_n(&mutex->__data.__owner, __ATOMIC_ACQUIRE) == 0;
  };
  for (int looks = 0; looks != 100; ++looks) {
    if (!is_so()) return false;
    usleep(1000);
  }
  return is_so();
}

void give_back_mutex(pthread_mutex_t* mutex) {
  if (stays_without_owner(mutex)) __atomic_store_n(&mutex->__data.__owner, gettid(), __ATOMIC_RELEASE);
  if (__atomic_load_n(&mutex->__data.__owner, __ATOMIC_ACQUIRE) == gettid()) __real_pthread_mutex_unlock(mutex);
}

/// As the C library does when a thread is cancelled in pthread_once().
void give_back_once(pthread_once_t* flag) {
  __atomic_store_n(flag, PTHREAD_ONCE_INIT, __ATOMIC_RELEASE);
  syscall(SYS_futex, flag, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

void give_back(const NotedLock& noted) {
  switch (noted.kind) {
  case LockKind::mutex:
    return give_back_mutex(static_cast<pthread_mutex_t*>(noted.lock));
  case LockKind::read_write:
    static_cast<void>(__real_pthread_rwlock_unlock(static_cast<pthread_rwlock_t*>(noted.lock)));
    return;
  case LockKind::guard:
    return __real___cxa_guard_abort(noted.lock);
  case LockKind::once:
    return give_back_once(static_cast<pthread_once_t*>(noted.lock));
  }
}

/// Takes a mutex by `take`, which returns 0 if it has it.
template <typename Take> int take_mutex(pthread_mutex_t* mutex, Take take) {
  go_inside();
  note(LockKind::mutex, mutex);
  const int error = take(mutex);
  if (error == 0) return 0;
  forget(mutex);
  go_outside();
  return error;
}

template <typename Take> int take_read_write(pthread_rwlock_t* lock, Take take) {
  go_inside();
  const int error = take(lock);
  if (error == 0)
    note(LockKind::read_write, lock);
  else
    go_outside();
  return error;
}

} // namespace

namespace ajit {

TakenLocks::TakenLocks() noexcept : before_(notes.count) { ++notes.scopes; }

TakenLocks::~TakenLocks() {
  --notes.scopes;
  notes.count = before_;
}

void TakenLocks::give_back() noexcept {
  while (notes.count > before_)
    ::give_back(notes.locks[--notes.count]);
}

} // namespace ajit

extern "C" {

int __wrap_pthread_mutex_lock(pthread_mutex_t* mutex) { return take_mutex(mutex, &__real_pthread_mutex_lock); }
int __wrap_pthread_mutex_trylock(pthread_mutex_t* mutex) { return take_mutex(mutex, &__real_pthread_mutex_trylock); }
int __wrap_pthread_mutex_unlock(pthread_mutex_t* mutex) {
  const int error = __real_pthread_mutex_unlock(mutex);
  forget(mutex);
  go_outside();
  return error;
}
int __wrap_pthread_rwlock_rdlock(pthread_rwlock_t* lock) {
  return take_read_write(lock, &__real_pthread_rwlock_rdlock);
}
int __wrap_pthread_rwlock_wrlock(pthread_rwlock_t* lock) {
  return take_read_write(lock, &__real_pthread_rwlock_wrlock);
}
int __wrap_pthread_rwlock_unlock(pthread_rwlock_t* lock) {
  forget(lock);
  const int error = __real_pthread_rwlock_unlock(lock);
  go_outside();
  return error;
}

/// A fork's child runs an interrupted call again, so this one stays outside of the gate.
int __wrap_pthread_once(pthread_once_t* flag, void (*once)()) {
  if (notes.scopes == 0) return __real_pthread_once(flag, once);
  struct Call {
    pthread_once_t* flag;
    void (*once)();
  };
  static constinit thread_local Call call{};
  const Call outer = call;
  call = {flag, once};
  const int error = __real_pthread_once(flag, [] {
    const Call mine = call;
    note(LockKind::once, mine.flag);
    mine.once();
    forget(mine.flag);
  });
  call = outer;
  return error;
}

/// Returns 1 if the caller is to make the static local; the C++ library's threads wait until its maker has ended.
int __wrap___cxa_guard_acquire(void* guard) {
  go_inside();
  const int ours = __real___cxa_guard_acquire(guard);
  if (ours == 0)
    go_outside();
  else
    note(LockKind::guard, guard);
  return ours;
}
void __wrap___cxa_guard_release(void* guard) {
  forget(guard);
  __real___cxa_guard_release(guard);
  go_outside();
}
void __wrap___cxa_guard_abort(void* guard) {
  forget(guard);
  __real___cxa_guard_abort(guard);
  go_outside();
}
}
