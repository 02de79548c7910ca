#include "runtime_threads.h"

#include <atomic>

namespace ajit {
namespace {
std::atomic<uint32_t> announced{0}, started{0}, ended{0};
std::atomic<void (*)()> first_hook{nullptr};
std::atomic_flag first_has_begun;
thread_local bool ours = false;
} // namespace

RuntimeThread::RuntimeThread() {
  ours = true;
  started.fetch_add(1);
  if (first_has_begun.test_and_set()) return;
  if (auto* hook = first_hook.load()) hook();
}

RuntimeThread::~RuntimeThread() {
  ours = false;
  ended.fetch_add(1);
}

void RuntimeThread::announce() { announced.fetch_add(1); }

void RuntimeThread::retract() { announced.fetch_sub(1); }

bool RuntimeThread::is_this_one() { return ours; }

RuntimeThreadCount count_runtime_threads() {
  return {.announced = announced.load(), .started = started.load(), .ended = ended.load()};
}

void forget_runtime_threads() {
  announced.store(started.load());
  ended.store(started.load());
  first_has_begun.clear();
}

void on_first_runtime_thread(void (*hook)()) { first_hook.store(hook); }

} // namespace ajit
