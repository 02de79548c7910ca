#include "large_data.h"

#include "error.h"

#include <llvm/Support/MathExtras.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <sys/mman.h>
#include <system_error>
#include <utility>

namespace ajit {
namespace {

/// Displacements have 31 bits and a sign. The optimiser may add up to 16 MiB to the address of a variable.
constexpr std::size_t reach = (std::size_t{2} << 30) - (std::size_t{16} << 20);
/// More than the processor can address.
constexpr std::size_t largest_mapping = std::size_t{1} << 57;
constexpr int data_rights = PROT_READ | PROT_WRITE;
constexpr int mapping_flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

llvm::Error no_room(std::size_t size, const std::string& why) {
  return make_typed<NoRoom>("no room for {} bytes of static data: {}", size, why);
}

std::string system_reason() { return std::generic_category().message(errno); }

/// Maps memory where the kernel puts it.
llvm::Expected<std::byte*> map_anywhere(std::size_t size, std::size_t alignment) {
  const std::size_t whole = size + alignment;
  llvm::Expected<std::byte*> reserved = reserve_address_space(whole, Place::beside_libraries);
  if (!reserved) {
    llvm::Error error = no_room(size, system_reason());
    llvm::consumeError(reserved.takeError());
    return error;
  }
  auto* start = reinterpret_cast<std::byte*>(llvm::alignTo(reinterpret_cast<uintptr_t>(*reserved), alignment));
  if (start != *reserved) munmap(*reserved, static_cast<std::size_t>(start - *reserved));
  if (std::byte* end = start + size, *last = *reserved + whole; end != last)
    munmap(end, static_cast<std::size_t>(last - end));
  if (mprotect(start, size, data_rights) == 0) return start;
  llvm::Error error = no_room(size, system_reason());
  munmap(start, size);
  return error;
}

} // namespace

bool is_large_section(std::string_view name) {
  for (std::string_view prefix : {".lbss", ".ldata", ".lrodata"})
    if (name.starts_with(prefix) && (name.size() == prefix.size() || name[prefix.size()] == '.')) return true;
  return false;
}

namespace {

/// Null if something is there.
std::byte* map_at(uintptr_t start, std::size_t size) {
  void* memory = mmap(reinterpret_cast<void*>(start), size, data_rights, mapping_flags | MAP_FIXED_NOREPLACE, -1, 0);
  if (memory == MAP_FAILED) return nullptr;
  if (memory == reinterpret_cast<void*>(start)) return static_cast<std::byte*>(memory);
  munmap(memory, size); // a kernel that knows only the hint
  return nullptr;
}

} // namespace

/// Does not change once it is in the list, except that it becomes empty.
struct LargeData::Node {
  std::byte* start;
  std::atomic<std::size_t> size;
  std::atomic<bool> is_writable{true};
  Node* older;
};

LargeData::~LargeData() {
  for (Node* node = newest_.load(std::memory_order_relaxed); node;) {
    if (const std::size_t size = node->size.load(std::memory_order_relaxed)) munmap(node->start, size);
    delete std::exchange(node, node->older);
  }
}

void LargeData::start_behind(AddressRange slab) {
  slab_ = slab;
  next_ = reinterpret_cast<uintptr_t>(slab.end()) + page_size();
  end_of_reach_ = reinterpret_cast<uintptr_t>(slab.start) + reach;
}

std::byte* LargeData::map_near(std::size_t size, std::size_t alignment) {
  uintptr_t next = next_.load(std::memory_order_relaxed), start = 0;
  do {
    start = llvm::alignTo(next, alignment);
    if (start > end_of_reach_ || size > end_of_reach_ - start) return nullptr;
  } while (!next_.compare_exchange_weak(next, start + size + page_size(), std::memory_order_relaxed));
  return map_at(start, size);
}

std::byte* LargeData::map_below(std::size_t size, std::size_t alignment) const {
  constexpr std::size_t step = std::size_t{16} << 20;
  const auto slab = reinterpret_cast<uintptr_t>(slab_.start);
  for (std::size_t distance = size + page_size(); slab_.size + distance <= reach; distance += step)
    if (std::byte* memory = map_at((slab - distance) & -uintptr_t{alignment}, size)) return memory;
  return nullptr;
}

llvm::Expected<AddressRange> LargeData::allocate(std::size_t size, std::size_t alignment, Place place) {
  if (size > largest_mapping) return no_room(size, "no processor addresses as much");
  size = llvm::alignTo(std::max(size, std::size_t{1}), page_size());
  alignment = std::max(alignment, page_size());
  std::byte* start = map_near(size, alignment);
  if (!start) start = map_below(size, alignment);
  if (!start) {
    if (place == Place::near) return no_room(size, "nothing is free near the slab");
    llvm::Expected<std::byte*> anywhere = map_anywhere(size, alignment);
    if (!anywhere) return anywhere.takeError();
    start = *anywhere;
  }
  auto* node = new Node{start, size, true, newest_.load(std::memory_order_relaxed)};
  while (!newest_.compare_exchange_weak(node->older, node, std::memory_order_release, std::memory_order_relaxed)) {
  }
  return AddressRange{start, size};
}

LargeData::Node* LargeData::find(AddressRange memory) const {
  Node* node = newest_.load(std::memory_order_acquire);
  while (node && (node->start != memory.start || node->size.load(std::memory_order_relaxed) == 0))
    node = node->older;
  return node;
}

llvm::Error LargeData::protect(AddressRange memory) {
  if (mprotect(memory.start, memory.size, PROT_READ) != 0) return system_error("cannot make static data read-only");
  if (Node* node = find(memory)) node->is_writable.store(false, std::memory_order_relaxed);
  return llvm::Error::success();
}

void LargeData::give_back(AddressRange memory) {
  if (Node* node = find(memory)) node->size.store(0, std::memory_order_relaxed);
  munmap(memory.start, memory.size);
  // The last mapping behind the slab makes its place free.
  const auto start = reinterpret_cast<uintptr_t>(memory.start);
  uintptr_t behind = start + memory.size + page_size();
  next_.compare_exchange_strong(behind, start, std::memory_order_relaxed);
}

bool LargeData::contains(const void* address) const {
  for (const Node* node = newest_.load(std::memory_order_acquire); node; node = node->older)
    if (AddressRange{node->start, node->size.load(std::memory_order_relaxed)}.contains(address)) return true;
  return false;
}

std::vector<LargeData::Mapping> LargeData::mappings() const {
  std::vector<Mapping> all;
  for (const Node* node = newest_.load(std::memory_order_acquire); node; node = node->older)
    if (const std::size_t size = node->size.load(std::memory_order_relaxed))
      all.push_back({{node->start, size}, node->is_writable.load(std::memory_order_relaxed)});
  return all;
}

std::size_t LargeData::size() const {
  std::size_t sum = 0;
  for (const Node* node = newest_.load(std::memory_order_acquire); node; node = node->older)
    sum += node->size.load(std::memory_order_relaxed);
  return sum;
}

} // namespace ajit
