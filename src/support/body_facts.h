//===- body_facts.h - Facts about a body besides its code ---------------------------------------------------------===//
//
// The IR folders find these facts, a compile hands them on, and the engine acts upon them. They hold no IR value and no
// address, so they can be stored and sent.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <cstdint>
#include <string>

namespace ajit {

/// The index that stands for no loop.
inline constexpr uint32_t no_loop = UINT32_MAX;

/// One loop of a function, as the runtime and its user know it.
struct LoopFacts {
  uint32_t line = 0;         ///< of the source, where the loop begins; 0 if unknown
  uint32_t depth = 0;        ///< 1: an outermost loop
  uint32_t around = no_loop; ///< index of the next loop around it
  uint64_t layout = 0;       ///< hash of what a frame hands to a continuation; all bodies must agree on it
  std::string excluded;      ///< why frames never leave this loop; empty if they may

  bool operator==(const LoopFacts&) const = default;
};

/// How a function may be called, timed and replaced.
struct BodyFacts {
  /// Why the function keeps its first body for good; empty if it may change tier.
  std::string pinned;
  /// The runtime can make a call itself with the same arguments if it copies `stack_argument_bytes` of the caller's
  /// frame, so it can time the call. False for variadic functions, for callee-pop conventions and for functions that
  /// read their own or their callers' frames. False also for functions that make guaranteed tail calls: a chain of
  /// those may never return, and each timed call keeps a frame.
  bool timeable = true;
  /// The function tells by its own place in the stack whether the same frame called it before. It is pinned then, and
  /// none of its callers' frames may go on in a continuation.
  bool compares_stack_depths = false;
  /// An upper bound: reading more of the caller's frame than was passed does no harm.
  uint32_t stack_argument_bytes = 0;
  uint32_t instructions = 0; ///< of its IR
  uint32_t callee_count = 0; ///< functions of the module that it calls directly, each counted once

  bool operator==(const BodyFacts&) const = default;
};

} // namespace ajit
