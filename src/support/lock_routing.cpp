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
// A thread outside of windows pays for a look at a thread-local variable.
//
//===-------------------------------------------------------------------------------------------------------------===//
#include "compile_gate.h"

#include <pthread.h>

namespace {

using ajit::CompileGate;

void go_inside() {
  if (CompileGate::this_thread_in_window()) CompileGate::of_process().enter();
}

void go_outside() {
  if (CompileGate::this_thread_in_window()) CompileGate::of_process().leave();
}

/// Takes a lock by `take`, which returns 0 if it has it.
template <typename Take> int inside_if_taken(Take take) {
  go_inside();
  const int error = take();
  if (error != 0) go_outside();
  return error;
}

template <typename Give> int outside_once_given(Give give) {
  const int error = give();
  go_outside();
  return error;
}

} // namespace

extern "C" {

int __real_pthread_mutex_lock(pthread_mutex_t* mutex);
int __real_pthread_mutex_trylock(pthread_mutex_t* mutex);
int __real_pthread_mutex_unlock(pthread_mutex_t* mutex);
int __real_pthread_rwlock_rdlock(pthread_rwlock_t* lock);
int __real_pthread_rwlock_wrlock(pthread_rwlock_t* lock);
int __real_pthread_rwlock_unlock(pthread_rwlock_t* lock);
int __real___cxa_guard_acquire(void* guard);
void __real___cxa_guard_release(void* guard);
void __real___cxa_guard_abort(void* guard);

int __wrap_pthread_mutex_lock(pthread_mutex_t* mutex) {
  return inside_if_taken([=] { return __real_pthread_mutex_lock(mutex); });
}
int __wrap_pthread_mutex_trylock(pthread_mutex_t* mutex) {
  return inside_if_taken([=] { return __real_pthread_mutex_trylock(mutex); });
}
int __wrap_pthread_mutex_unlock(pthread_mutex_t* mutex) {
  return outside_once_given([=] { return __real_pthread_mutex_unlock(mutex); });
}
int __wrap_pthread_rwlock_rdlock(pthread_rwlock_t* lock) {
  return inside_if_taken([=] { return __real_pthread_rwlock_rdlock(lock); });
}
int __wrap_pthread_rwlock_wrlock(pthread_rwlock_t* lock) {
  return inside_if_taken([=] { return __real_pthread_rwlock_wrlock(lock); });
}
int __wrap_pthread_rwlock_unlock(pthread_rwlock_t* lock) {
  return outside_once_given([=] { return __real_pthread_rwlock_unlock(lock); });
}

/// Returns 1 if the caller is to make the static local; the C++ library's threads wait until its maker has ended.
int __wrap___cxa_guard_acquire(void* guard) {
  go_inside();
  const int ours = __real___cxa_guard_acquire(guard);
  if (ours == 0) go_outside();
  return ours;
}
void __wrap___cxa_guard_release(void* guard) {
  __real___cxa_guard_release(guard);
  go_outside();
}
void __wrap___cxa_guard_abort(void* guard) {
  __real___cxa_guard_abort(guard);
  go_outside();
}
}
