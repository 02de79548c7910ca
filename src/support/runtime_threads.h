//===- runtime_threads.h - Which threads of the process are ours --------------------------------------------------===//
//
// The threads of the program are not ours to count: libraries make them as well. Those of the runtime are, and what is
// left when they are taken from the kernel's count is the program's.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <cstdint>

namespace ajit {

/// While it lives, its thread is one of the runtime's.
class RuntimeThread {
public:
  RuntimeThread();
  ~RuntimeThread();
  RuntimeThread(const RuntimeThread&) = delete;
  RuntimeThread& operator=(const RuntimeThread&) = delete;

  /// Whether the calling thread is one.
  static bool is_this_one();
};

/// How many there have been in this process. Both figures only grow, so whoever reads the same ones twice knows that
/// none came or went in between.
struct RuntimeThreadCount {
  uint32_t started = 0;
  uint32_t ended = 0;

  uint32_t running() const { return started - ended; }
  bool operator==(const RuntimeThreadCount&) const = default;
};

RuntimeThreadCount count_runtime_threads();

/// In the child of a fork, which has none of them.
void forget_runtime_threads();

} // namespace ajit
