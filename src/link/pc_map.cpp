#include "pc_map.h"

#include "error.h"

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <sys/mman.h>
#include <system_error>

namespace ajit {

namespace {

/// A copy that ends with a zero.
const char* copy_name(std::string_view name) {
  auto* copy = new char[name.size() + 1];
  *std::copy(name.begin(), name.end(), copy) = 0;
  return copy;
}

} // namespace

struct PcMap::Chunk {
  std::array<CodeDescriptor, chunk_length> descriptors;
};

llvm::Expected<std::unique_ptr<PcMap>> PcMap::create(const Slab& slab, const void* stub_fde) {
  const std::size_t bytes = (slab.code_range().size - slab.stub_range().size) / granule * sizeof(Entry);
  void* table = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (table == MAP_FAILED)
    return make_error("cannot reserve {} bytes for the index of generated code: {}", bytes,
                      std::generic_category().message(errno));
  return std::unique_ptr<PcMap>(new PcMap(slab, stub_fde, static_cast<Entry*>(table), bytes));
}

PcMap::PcMap(const Slab& slab, const void* stub_fde, Entry* table, std::size_t table_bytes)
    : code_(slab.code_range()), stubs_{.start = slab.stub_range().start,
                                       .size = static_cast<uint32_t>(slab.stub_range().size),
                                       .label = {.kind = CodeKind::stub},
                                       .name = "stub",
                                       .fde = stub_fde},
      table_(table), table_bytes_(table_bytes) {}

PcMap::~PcMap() {
  for (uint32_t index = 1; index < next_.load(std::memory_order_relaxed); ++index) {
    delete[] descriptor(index).name;
  }
  for (std::atomic<Chunk*>& chunk : chunks_)
    delete chunk.load(std::memory_order_relaxed);
  munmap(table_, table_bytes_);
}

std::size_t PcMap::granule_of(const void* pc) const {
  return static_cast<std::size_t>(static_cast<const std::byte*>(pc) - (code_.start + stubs_.size)) / granule;
}

llvm::Expected<const CodeDescriptor*> PcMap::add(AddressRange code, CodeLabel label, std::string_view name,
                                                 const void* fde) {
  assert(code.size > 0 && code_.contains(code.start) && code_.contains(code.end() - 1));
  const uint32_t index = next_.fetch_add(1, std::memory_order_relaxed);
  llvm::Expected<CodeDescriptor*> descriptor = descriptor_for_writing(index);
  if (!descriptor) return descriptor.takeError();

  const std::size_t first = granule_of(code.start);
  const std::size_t last = granule_of(code.end() - 1);
  // Code of the same object, entered by this thread, or of a failed link, whose addresses no lookup asks for.
  const uint32_t previous = table_[first].load(std::memory_order_relaxed);
  **descriptor = {.start = code.start,
                  .size = static_cast<uint32_t>(code.size),
                  .label = label,
                  .name = copy_name(name),
                  .fde = fde,
                  .previous = previous};
  // Publishes the descriptor, its name and its chunk to any reader that finds the index.
  for (std::size_t entry = first; entry <= last; ++entry)
    table_[entry].store(index, std::memory_order_release);
  return *descriptor;
}

void PcMap::forget(AddressRange code) noexcept {
  if (code.size == 0) return;
  for (std::size_t entry = granule_of(code.start), last = granule_of(code.end() - 1); entry <= last; ++entry)
    table_[entry].store(0, std::memory_order_release);
}

const CodeDescriptor* PcMap::lookup(const void* pc) const noexcept {
  if (!code_.contains(pc)) return nullptr;
  if (stubs_.contains(pc)) return &stubs_;
  uint32_t index = table_[granule_of(pc)].load(std::memory_order_acquire);
  while (index != 0) {
    const CodeDescriptor& found = descriptor(index);
    if (found.contains(pc)) return &found;
    if (pc >= found.start) return nullptr; // behind its end, in a gap
    index = found.previous;
  }
  return nullptr;
}

llvm::Expected<CodeDescriptor*> PcMap::descriptor_for_writing(uint32_t index) {
  if (index >= max_chunks * chunk_length) {
    next_.store(max_chunks * chunk_length, std::memory_order_relaxed); // stays full, and does not wrap
    return make_error("the index of generated code is full: it holds {} functions", max_chunks * chunk_length - 1);
  }
  std::atomic<Chunk*>& place = chunks_[index >> chunk_bits];
  Chunk* chunk = place.load(std::memory_order_acquire);
  if (!chunk) {
    auto made = std::make_unique<Chunk>();
    // On failure another thread was first, and `chunk` is its chunk.
    if (place.compare_exchange_strong(chunk, made.get(), std::memory_order_acq_rel, std::memory_order_acquire))
      chunk = made.release();
  }
  return &chunk->descriptors[index % chunk_length];
}

const CodeDescriptor& PcMap::descriptor(uint32_t index) const {
  // Relaxed: the index was published after the chunk, and was loaded with acquire.
  return chunks_[index >> chunk_bits].load(std::memory_order_relaxed)->descriptors[index % chunk_length];
}

} // namespace ajit
