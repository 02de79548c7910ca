//===- worker_pool.cpp -------------------------------------------------------------------------------------------===//
#include "worker_pool.h"

#include "log.h"
#include "runtime_threads.h"

#include <csignal>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

namespace ajit {
namespace {

/// What a thread of a pool has while it lives: its place among the runtime's threads, and a stack for fault handlers,
/// since a fault may be the overflow of the thread's own stack.
class PoolThread {
public:
  PoolThread() {
    const stack_t stack{.ss_sp = handler_stack_.get(), .ss_flags = 0, .ss_size = handler_stack_bytes};
    sigaltstack(&stack, nullptr);
  }
  ~PoolThread() {
    const stack_t none{.ss_sp = nullptr, .ss_flags = SS_DISABLE, .ss_size = 0};
    sigaltstack(&none, nullptr);
  }
  PoolThread(const PoolThread&) = delete;
  PoolThread& operator=(const PoolThread&) = delete;

private:
  static constexpr std::size_t handler_stack_bytes = 64 * 1024;

  const RuntimeThread ours_;
  const std::unique_ptr<std::byte[]> handler_stack_{new std::byte[handler_stack_bytes]};
};

} // namespace

WorkerPool::WorkerPool(unsigned count, std::function<void()> body, WorkerRole role)
    : count_(count), body_(std::move(body)), role_(role), state_(count == 0 ? State::joined : State::idle) {}

/// Makes a thread that takes no signals but its own faults. Returns 0 or the error.
int WorkerPool::make_thread(pthread_t& thread, void* (*entry)(void*)) {
  sigset_t blocked;
  sigfillset(&blocked);
  for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS})
    sigdelset(&blocked, fault);

  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, role_.stack_bytes);
  // The new thread inherits the mask, so there is no moment at which it could take a signal.
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const int error = pthread_create(&thread, &attributes, entry, this);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);

  if (error == 0) pthread_setname_np(thread, role_.name);
  return error;
}

bool WorkerPool::start() {
  if (state_.load(std::memory_order_acquire) != State::idle)
    return state_.load(std::memory_order_relaxed) == State::running;

  MutexLock lock(mutex_);
  if (state_.load(std::memory_order_relaxed) == State::idle) {
    const int error = make_thread(first_, run_first);
    if (error != 0) log_warning("tier", "{} ({})", role_.without, std::strerror(error));
    state_.store(error == 0 ? State::running : State::refused, std::memory_order_release);
  }
  return state_.load(std::memory_order_relaxed) == State::running;
}

void WorkerPool::join() {
  MutexLock lock(mutex_);
  if (state_.exchange(State::joined, std::memory_order_acq_rel) != State::running) return;
  pthread_join(first_, nullptr);
  for (pthread_t other : others_)
    pthread_join(other, nullptr);
  others_.clear();
}

void WorkerPool::reset_after_fork() {
  new (&mutex_) Mutex; // may have been held by a thread that the child does not have
  others_.clear();
  if (state_.load(std::memory_order_relaxed) == State::running) state_.store(State::idle, std::memory_order_release);
}

void* WorkerPool::run_first(void* pool) {
  const PoolThread this_thread;
  auto& self = *static_cast<WorkerPool*>(pool);
  self.others_.reserve(self.count_ - 1);
  for (unsigned i = 1; i < self.count_; ++i) {
    pthread_t thread;
    if (self.make_thread(thread, run_other) != 0) break; // fewer threads serve the same queue
    self.others_.push_back(thread);
  }
  self.body_();
  return nullptr;
}

void* WorkerPool::run_other(void* pool) {
  const PoolThread this_thread;
  static_cast<WorkerPool*>(pool)->body_();
  return nullptr;
}

} // namespace ajit
