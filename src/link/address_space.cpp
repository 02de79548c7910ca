#include "address_space.h"

#include "error.h"

#include <llvm/Support/MathExtras.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/random.h>
#include <system_error>
#include <unistd.h>

namespace ajit {
namespace {

/// Far from where the kernel puts executables, heaps, libraries and stacks.
constexpr uint64_t zone_start = uint64_t{1} << 44, zone_end = uint64_t{5} << 44;
constexpr int tries = 4;

bool places_are_random() {
  static const int persona = personality(0xffffffff);
  return persona != -1 && (persona & ADDR_NO_RANDOMIZE) == 0;
}

uint64_t random_number() {
  uint64_t number = 0;
  if (getrandom(&number, sizeof number, GRND_NONBLOCK) == sizeof number) return number;
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_nsec) * 0x9e3779b97f4a7c15 ^ reinterpret_cast<uintptr_t>(&now);
}

void* random_place(std::size_t size) {
  if (size >= zone_end - zone_start) return nullptr;
  const uint64_t page = page_size();
  const uint64_t pages = (zone_end - zone_start - size) / page;
  return reinterpret_cast<void*>(zone_start + random_number() % pages * page);
}

} // namespace

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

llvm::Error system_error(std::string_view what) {
  return make_error("{}: {}", what, std::generic_category().message(errno));
}

llvm::Expected<std::byte*> reserve_address_space(std::size_t size, Place place) {
  const bool random = place == Place::random && places_are_random();
  for (int left = tries;; --left) {
    void* wish = random ? random_place(size) : nullptr;
    void* memory = mmap(wish, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
      return system_error(fmt::format("cannot reserve {} bytes of address space for generated code", size));
    if (!random || memory == wish || left == 1) return static_cast<std::byte*>(memory);
    munmap(memory, size); // the place was taken
  }
}

void GrowingMemory::start(AddressRange range, int protection, std::size_t step) {
  range_ = range;
  protection_ = protection;
  step_ = step;
}

llvm::Error GrowingMemory::commit(std::size_t size, std::byte* second, int second_protection) {
  const std::size_t have = committed();
  if (size <= have) return llvm::Error::success();
  // The more there is, the larger the step: the number of system calls grows with the logarithm.
  const std::size_t step = std::max(step_, llvm::alignTo(have / 4, page_size()));
  const std::size_t end = std::min(llvm::alignTo(std::max(size, have + step), page_size()), range_.size);
  if (mprotect(range_.start + have, end - have, protection_) != 0 ||
      (second && mprotect(second + have, end - have, second_protection) != 0))
    return system_error(fmt::format("cannot commit {} bytes of memory for generated code", end - have));
  for (std::size_t seen = have;
       seen < end && !committed_.compare_exchange_weak(seen, end, std::memory_order_acq_rel);) {
  }
  return llvm::Error::success();
}

} // namespace ajit
