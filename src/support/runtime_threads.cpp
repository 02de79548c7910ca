#include "runtime_threads.h"

#include <atomic>

namespace ajit {
namespace {
std::atomic<uint32_t> started{0}, ended{0};
thread_local bool ours = false;
} // namespace

RuntimeThread::RuntimeThread() {
  ours = true;
  started.fetch_add(1);
}

RuntimeThread::~RuntimeThread() {
  ours = false;
  ended.fetch_add(1);
}

bool RuntimeThread::is_this_one() { return ours; }

RuntimeThreadCount count_runtime_threads() { return {.started = started.load(), .ended = ended.load()}; }

void forget_runtime_threads() { ended.store(started.load()); }

} // namespace ajit
