//===- count.h - Statistics that several threads count up
//----------------------------------------------------------===//
#pragma once

#include <atomic>
#include <cstdint>

namespace ajit {

/// Adds `more` to a figure that orders nothing; returns the new count. Any thread.
inline uint64_t count(std::atomic<uint64_t>& figure, uint64_t more = 1) {
  return figure.fetch_add(more, std::memory_order_relaxed) + more;
}

} // namespace ajit
