#include "runtime_threads.h"

#include <atomic>

namespace ajit {
namespace {
std::atomic<uint32_t> started{0}, ended{0};
}

RuntimeThread::RuntimeThread() { started.fetch_add(1); }

RuntimeThread::~RuntimeThread() { ended.fetch_add(1); }

RuntimeThreadCount count_runtime_threads() { return {.started = started.load(), .ended = ended.load()}; }

void forget_runtime_threads() { ended.store(started.load()); }

} // namespace ajit
