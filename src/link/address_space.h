//===- address_space.h - Address space, committed as it is needed ------------------------------------------------===//
//
// A Jit reserves far more address space than it will use. What is reserved has no access rights, so it costs nothing:
// `mlockall` fills no page of it, and limits on data do not count it. Memory is committed from the start of a range
// onwards, in steps large enough that the system calls do not count.
//
// The kernel puts consecutive mappings side by side. Then one leaked address tells all others, above all that of the
// linker's writable view of the code. So that view, and what must not be found from the code, go to places of their own,
// chosen at random in a part of the address space that is empty otherwise. What the program executes stays where the
// kernel puts it, beside the libraries: processors predict jumps between distant places worse, by a sixth of the time of
// a loop that calls memset (bench/loops/longest_common.cpp). Where randomisation is off (`setarch -R`, gdb), the kernel
// chooses every place.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/Support/Error.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ajit {

/// A half-open range of addresses; owns nothing.
struct AddressRange {
  std::byte* start = nullptr;
  std::size_t size = 0;

  std::byte* end() const { return start + size; }
  bool contains(const void* address) const {
    return reinterpret_cast<uintptr_t>(address) - reinterpret_cast<uintptr_t>(start) < size;
  }
};

std::size_t page_size();

/// What failed, and errno's reason.
llvm::Error system_error(std::string_view what);

enum class Place : bool { beside_libraries, random };

/// Address space without access rights that nothing else will be mapped into.
llvm::Expected<std::byte*> reserve_address_space(std::size_t size, Place place);

/// A range of address space whose first part is accessible. Thread-safe, without a lock.
class GrowingMemory {
public:
  /// `range`, which is reserved, gets `protection` in steps of at least `step` bytes, a multiple of the page's size.
  void start(AddressRange range, int protection, std::size_t step);

  AddressRange range() const { return range_; }
  /// Bytes that are accessible.
  std::size_t committed() const { return committed_.load(std::memory_order_acquire); }

  /// Makes at least the first `size` bytes accessible. If `second` is not null, it is another view of the range, and
  /// the same part of it gets `second_protection`.
  llvm::Error commit(std::size_t size, std::byte* second = nullptr, int second_protection = 0);

  /// States that only the first `size` bytes are accessible, as memory was mapped anew.
  void restart_at(std::size_t size) { committed_.store(size, std::memory_order_release); }

private:
  AddressRange range_;
  int protection_ = 0;
  std::size_t step_ = 0;
  /// Threads that commit overlapping parts do the same twice; the greatest end counts.
  std::atomic<std::size_t> committed_{0};
};

} // namespace ajit
