//===- runtime_threads.h - Which threads of the process are ours --------------------------------------------------===//
//
// The runtime cannot count the program's threads, since libraries make some as well. It counts its own threads; the
// others in the kernel's count are the program's.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <cstdint>

namespace ajit {

/// While it lives, its thread is one of the runtime's. Whoever makes such a thread announces it before.
class RuntimeThread {
public:
  RuntimeThread();
  ~RuntimeThread();
  RuntimeThread(const RuntimeThread&) = delete;
  RuntimeThread& operator=(const RuntimeThread&) = delete;

  static void announce();
  /// The thread that was announced could not be made.
  static void retract();

  /// Whether the calling thread is one of the runtime's.
  static bool is_this_one();
};

/// How many runtime threads there have been in this process. Threads that start and end only add to the figures, so a
/// reader that sees the same ones twice knows that no thread started or ended in between.
struct RuntimeThreadCount {
  uint32_t announced = 0;
  uint32_t started = 0;
  uint32_t ended = 0;

  uint32_t running() const { return started - ended; }
  /// Threads that have been announced, and may exist already.
  uint32_t coming() const { return announced - started; }
  bool operator==(const RuntimeThreadCount&) const = default;
};

RuntimeThreadCount count_runtime_threads();

/// Called in the child of a fork, where these threads do not exist.
void forget_runtime_threads();

/// `hook` runs on the first runtime thread of this process, and of each child that has one, when that thread begins.
void on_first_runtime_thread(void (*hook)());

} // namespace ajit
