#include "pc_map.h"

#include "error.h"

#include <llvm/Support/MathExtras.h>

#include <algorithm>
#include <cassert>
#include <sys/mman.h>

namespace ajit {

namespace {

/// A copy that ends with a zero.
const char* copy_name(std::string_view name) {
  auto* copy = new char[name.size() + 1];
  *std::copy(name.begin(), name.end(), copy) = 0;
  return copy;
}

/// In bytes; enough for 1 MiB of code.
constexpr std::size_t table_step = std::size_t{256} << 10;

} // namespace

struct PcMap::Chunk {
  std::array<CodeDescriptor, chunk_length> descriptors;
};

llvm::Expected<std::unique_ptr<PcMap>> PcMap::create(const Slab& slab, const void* stub_fde) {
  const std::size_t bytes = (slab.code_range().size - slab.stub_range().size) / granule * sizeof(Entry);
  llvm::Expected<std::byte*> table = reserve_address_space(llvm::alignTo(bytes, page_size()), Place::random);
  if (!table) return table.takeError();
  return std::unique_ptr<PcMap>(new PcMap(slab, stub_fde, *table, bytes));
}

PcMap::PcMap(const Slab& slab, const void* stub_fde, std::byte* table, std::size_t table_bytes)
    : code_(slab.code_range()), stubs_{.start = slab.stub_range().start,
                                       .size = static_cast<uint32_t>(slab.stub_range().size),
                                       .label = {.kind = CodeKind::stub},
                                       .name = "stub",
                                       .fde = stub_fde},
      table_(reinterpret_cast<Entry*>(table)) {
  memory_.start({table, llvm::alignTo(table_bytes, page_size())}, PROT_READ | PROT_WRITE, table_step);
}

PcMap::~PcMap() {
  for (uint32_t index = 1; index < next_.load(std::memory_order_relaxed); ++index) {
    delete[] descriptor(index).name;
  }
  for (std::atomic<Chunk*>& chunk : chunks_)
    delete chunk.load(std::memory_order_relaxed);
  munmap(memory_.range().start, memory_.range().size);
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
  if (llvm::Error error = memory_.commit((last + 1) * sizeof(Entry))) return error;
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
  // If the link failed, add() may not have come as far.
  const std::size_t end = std::min(granule_of(code.end() - 1) + 1, readable());
  for (std::size_t entry = granule_of(code.start); entry < end; ++entry)
    table_[entry].store(0, std::memory_order_release);
}

const CodeDescriptor* PcMap::lookup(const void* pc) const noexcept {
  if (!code_.contains(pc)) return nullptr;
  if (stubs_.contains(pc)) return &stubs_;
  const std::size_t entry = granule_of(pc);
  if (entry >= readable()) return nullptr; // nothing that far has been entered
  uint32_t index = table_[entry].load(std::memory_order_acquire);
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
