//===- worker_pool.cpp -------------------------------------------------------------------------------------------===//
#include "worker_pool.h"

#include "compile_gate.h"
#include "log.h"
#include "runtime_threads.h"

#include <csignal>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

namespace ajit {
namespace {

/// Threads that work on after they have been replaced.
constexpr unsigned replaced_limit = 4;

/// As steps of `nice`.
constexpr int less_priority = 5;

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
  RuntimeThread::announce();
  const int error = pthread_create(&thread, &attributes, entry, this);
  if (error != 0) RuntimeThread::retract();
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
    const int error = add_thread(run_first);
    if (error != 0) log_warning("tier", "{} ({})", role_.without, std::strerror(error));
    state_.store(error == 0 ? State::running : State::refused, std::memory_order_release);
  }
  return state_.load(std::memory_order_relaxed) == State::running;
}

int WorkerPool::add_thread(void* (*entry)(void*)) {
  pthread_t thread;
  const int error = make_thread(thread, entry);
  if (error == 0) threads_.push_back(thread);
  return error;
}

bool WorkerPool::replace_this_thread() {
  const CompileGate::Inside inside; // the child of a fork finds the list whole
  {
    MutexLock lock(mutex_);
    std::erase_if(threads_, [](pthread_t thread) { return pthread_tryjoin_np(thread, nullptr) == 0; });
    if (state_.load(std::memory_order_relaxed) != State::running || threads_.size() >= count_ + replaced_limit ||
        add_thread(run_other) != 0)
      return false;
  }
  const auto self = static_cast<id_t>(gettid());
  setpriority(PRIO_PROCESS, self, getpriority(PRIO_PROCESS, self) + less_priority);
  return true;
}

void WorkerPool::join() {
  {
    MutexLock lock(mutex_);
    if (state_.exchange(State::joined, std::memory_order_acq_rel) != State::running) return;
  }
  // Without the lock, as the first thread adds others before it ends.
  while (const std::optional<pthread_t> thread = take_thread())
    pthread_join(*thread, nullptr);
}

std::optional<pthread_t> WorkerPool::take_thread() {
  MutexLock lock(mutex_);
  if (threads_.empty()) return std::nullopt;
  const pthread_t thread = threads_.back();
  threads_.pop_back();
  return thread;
}

void WorkerPool::reset_after_fork() {
  new (&mutex_) Mutex; // may have been held by a thread that the child does not have
  threads_.clear();
  if (state_.load(std::memory_order_relaxed) == State::running) state_.store(State::idle, std::memory_order_release);
}

void* WorkerPool::run_first(void* pool) {
  const PoolThread this_thread;
  auto& self = *static_cast<WorkerPool*>(pool);
  self.start_others();
  self.body_();
  return nullptr;
}

void WorkerPool::start_others() {
  if (count_ == 1) return;
  const CompileGate::Inside inside; // the child of a fork finds the list whole
  MutexLock lock(mutex_);
  for (unsigned i = 1; i < count_; ++i)
    if (add_thread(run_other) != 0) break; // fewer threads serve the same queue
}

void* WorkerPool::run_other(void* pool) {
  const PoolThread this_thread;
  static_cast<WorkerPool*>(pool)->body_();
  return nullptr;
}

} // namespace ajit
