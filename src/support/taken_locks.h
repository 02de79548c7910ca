//===- taken_locks.h - Locks that a jump out of guarded work gives back -------------------------------------------===//
//
// Problem: a compile may fault while its thread holds a lock, mostly of the heap: so did 2 of 100 faults at random
// instructions. The jump out of the compile (compile_guard.h) skips the end of the section, and the program would wait
// for ever at its next first call.
//
// Approach: all code that is linked statically takes its locks through lock_routing.cpp. That file notes the locks that
// a thread takes in guarded work. The jump gives them back: mutexes, read-write locks, guards of static locals and
// the flags of call_once. What such a lock protects may be half changed. A program that hangs is the alternative.
//
// A mutex is noted before it is taken and until after it has been given back, and its owner tells whose it is. A few
// instructions around the others are not covered.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

namespace ajit {

/// While it lives, the locks that its thread takes are noted. Nests.
class TakenLocks {
public:
  TakenLocks() noexcept;
  ~TakenLocks();
  TakenLocks(const TakenLocks&) = delete;
  TakenLocks& operator=(const TakenLocks&) = delete;

  /// After a jump to where this lives: gives back what the thread has taken since.
  void give_back() noexcept;

private:
  const unsigned before_; ///< locks noted
};

} // namespace ajit
