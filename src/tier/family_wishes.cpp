#include "family_wishes.h"

#include <algorithm>
#include <sys/mman.h>

namespace ajit {

FamilyWishes::~FamilyWishes() {
  if (Shared* shared = shared_.load(std::memory_order_relaxed)) munmap(shared, sizeof(Shared));
}

void FamilyWishes::share() {
  if (shared_.load(std::memory_order_relaxed)) return;
  void* memory =
      mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  // Zeroed memory is a valid value of the atomics.
  if (memory != MAP_FAILED) shared_.store(static_cast<Shared*>(memory), std::memory_order_release);
}

void FamilyWishes::tell(FamilyWish wish) {
  Shared* shared = shared_.load(std::memory_order_acquire);
  const uint32_t index = index_of(wish.id);
  if (!shared || index >= function_limit) return;
  const auto bit = static_cast<uint8_t>(1u << tier_index(wish.tier));
  std::atomic<uint8_t>& told = shared->told[index];
  if ((told.load(std::memory_order_relaxed) & bit) != 0) return;
  if ((told.fetch_or(bit, std::memory_order_relaxed) & bit) != 0) return;
  const uint32_t place = shared->used.fetch_add(1, std::memory_order_relaxed);
  if (place >= capacity) return;
  const auto tier = static_cast<uint32_t>(tier_index(wish.tier));
  shared->wishes[place].store((index << 2 | tier) + 1, std::memory_order_release);
}

std::optional<FamilyWish> FamilyWishes::take() {
  Shared* shared = shared_.load(std::memory_order_acquire);
  if (!shared) return std::nullopt;
  const uint32_t used = std::min(shared->used.load(std::memory_order_relaxed), capacity);
  while (taken_ < used) {
    const uint32_t found = shared->wishes[taken_++].load(std::memory_order_acquire);
    if (found != 0) return FamilyWish{FunctionId{(found - 1) >> 2}, all_tiers[(found - 1) & 3]};
  }
  return std::nullopt;
}

} // namespace ajit
