#include "slab.h"

#include "error.h"

#include <llvm/Support/MathExtras.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <string_view>
#include <sys/mman.h>
#include <sys/resource.h>

namespace ajit {
namespace {

constexpr std::size_t max_slab_size = std::size_t{2} << 30;
/// Where address space is short, no slab is made smaller than this.
constexpr std::size_t least_slab_size = std::size_t{64} << 20;
constexpr int code_protection = PROT_READ | PROT_EXEC;
constexpr int rodata_protection = PROT_READ;
constexpr int data_protection = PROT_READ | PROT_WRITE;
constexpr int linker_protection = PROT_READ | PROT_WRITE;

/// Steps in which memory is committed.
constexpr std::size_t region_step = std::size_t{1} << 20;
constexpr std::size_t function_step = 4096; // functions

std::string_view region_name(Region region) {
  switch (region) {
  case Region::code:
    return "code";
  case Region::rodata:
    return "read-only data";
  case Region::data:
    return "data";
  }
  return "";
}

llvm::Error exhausted(Region region, std::size_t size, SlabUsage usage) {
  return make_error("no room for {} bytes of generated {}: {} of {} bytes are in use", size, region_name(region),
                    usage.used, usage.limit);
}

llvm::Error check(const SlabOptions& options) {
  if (options.size == 0 || options.size > max_slab_size || options.size % (4 * page_size()) != 0)
    return make_error("the memory for generated code must be a multiple of {} and at most {} bytes, not {}",
                      4 * page_size(), max_slab_size, options.size);
  const std::size_t arrays = options.max_functions * std::size_t{Slab::stub_size};
  if (options.max_functions == 0 || arrays > options.size / 4)
    return make_error("{} bytes for generated code cannot hold the stubs of {} functions", options.size,
                      options.max_functions);
  return llvm::Error::success();
}

bool can_halve(const SlabOptions& options) { return options.size / 2 >= least_slab_size; }

/// Where the process's address space is limited, the two views together may take a quarter of it.
SlabOptions within_limits(SlabOptions options) {
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return options;
  while (options.size * 2 > limit.rlim_cur / 4 && can_halve(options))
    options.size /= 2;
  return options;
}

} // namespace

llvm::Expected<std::unique_ptr<Slab>> Slab::create(const SlabOptions& wanted) {
  if (llvm::Error error = check(wanted)) return error;
  for (SlabOptions options = within_limits(wanted);; options.size /= 2) {
    std::unique_ptr<Slab> slab(new Slab(options.mapping));
    llvm::Error error = slab->map(options);
    if (!error) return slab;
    if (!can_halve(options)) return error;
    llvm::consumeError(std::move(error));
  }
}

llvm::Error Slab::map(const SlabOptions& options) {
  llvm::Expected<std::byte*> base = reserve_address_space(options.size, Place::beside_libraries);
  if (!base) return base.takeError();
  range_ = {*base, options.size};
  divide(options);
  if (llvm::Error error = start_ownership()) return error;
  llvm::Expected<CodeMemory> memory = CodeMemory::create(shared_size(), mapping_);
  if (!memory) return memory.takeError();
  linker_ = memory->linker_view();
  if (llvm::Error error = map_program_view(*memory, {range_.start, options.size / 2})) return error;
  return map_program_view(*memory, arena(Region::rodata).range());
}

/// Lays out the range: stubs and code in its first half, then a quarter each of read-only and of writable data. The
/// last page stays inaccessible.
void Slab::divide(const SlabOptions& options) {
  max_functions_ = options.max_functions;
  const std::size_t page = page_size(), half = options.size / 2, quarter = options.size / 4;
  std::byte* base = range_.start;

  const std::size_t stubs_size = llvm::alignTo((max_functions_ + 1) * stub_size, page);
  stubs_.start({base, stubs_size}, code_protection, function_step * stub_size);
  arena(Region::code).memory.start({base + stubs_size, half - stubs_size}, code_protection, region_step);
  arena(Region::rodata).memory.start({base + half, quarter}, rodata_protection, region_step);

  std::byte* writable_start = base + half + quarter;
  const std::size_t slots_size = llvm::alignTo(max_functions_ * sizeof(Slot), page);
  const std::size_t counters_size = llvm::alignTo(max_functions_ * sizeof(Counter), page);
  std::byte* ownership_page = writable_start + slots_size + counters_size;
  std::byte* data = ownership_page + 2 * page; // after a gap of one page
  slot_memory_.start({writable_start, slots_size}, data_protection, function_step * sizeof(Slot));
  counter_memory_.start({writable_start + slots_size, counters_size}, data_protection, function_step * sizeof(Counter));
  arena(Region::data)
      .memory.start({data, static_cast<std::size_t>(range_.end() - page - data)}, data_protection, region_step);
  // Fresh anonymous pages are zero, which is a valid value of either atomic.
  slots_ = reinterpret_cast<Slot*>(slot_memory_.range().start);
  counters_ = reinterpret_cast<Counter*>(counter_memory_.range().start);
  ownership_ = reinterpret_cast<std::atomic<Ownership>*>(ownership_page);
  large_.start_behind(range_);
}

llvm::Error Slab::map_program_view(const CodeMemory& memory, AddressRange view, int protection) const {
  const bool is_private = mapping_ == CodeMapping::debuggable && view.start < code_range().end();
  return memory.map(view, offset_of(view.start), protection, is_private);
}

Slab::~Slab() {
  // A child of fork that has made no memory of its own did not inherit the linker's view.
  if (linker_ && ownership_->load(std::memory_order_relaxed) != Ownership::parents) munmap(linker_, shared_size());
  if (range_.start) munmap(range_.start, range_.size);
}

llvm::Error Slab::commit(GrowingMemory& part, std::size_t size) {
  const std::size_t offset = offset_of(part.range().start);
  return part.commit(size, offset < shared_size() ? linker_ + offset : nullptr, linker_protection);
}

llvm::Expected<AddressRange> Slab::allocate(Region region, std::size_t size, std::size_t alignment) {
  assert(llvm::isPowerOf2_64(alignment));
  if (region == Region::code)
    alignment = std::max(alignment, mapping_ == CodeMapping::debuggable ? page_size() : code_alignment);
  if (llvm::Error error = take_ownership()) return error;
  Arena& from = arena(region);
  const auto base = reinterpret_cast<uintptr_t>(from.range().start);
  std::size_t cursor = from.cursor.load(std::memory_order_acquire);
  for (;;) {
    const std::size_t start = llvm::alignTo(base + cursor, alignment) - base;
    if (start > from.range().size || size > from.range().size - start) return exhausted(region, size, usage(region));
    if (llvm::Error error = commit(from.memory, start + size)) return error;
    if (from.cursor.compare_exchange_weak(cursor, start + size, std::memory_order_acq_rel, std::memory_order_acquire))
      return AddressRange{from.range().start + start, size};
  }
}

void Slab::give_back(Region region, AddressRange memory) {
  if (!is_own()) return; // from before a fork: it belongs to the parent
  Arena& to = arena(region);
  const auto start = static_cast<std::size_t>(memory.start - to.range().start);
  if (start < to.floor) return; // the same
  std::size_t end = start + memory.size;
  if (to.cursor.load(std::memory_order_relaxed) != end) return;
  // Zeroed first: once the cursor is back, another thread may get the memory.
  std::memset(writable(memory.start), 0, memory.size);
  to.cursor.compare_exchange_strong(end, start, std::memory_order_acq_rel, std::memory_order_relaxed);
}

llvm::Error Slab::make_functions(uint32_t count) {
  assert(count <= max_functions_);
  if (llvm::Error error = take_ownership()) return error;
  if (llvm::Error error = commit(stubs_, (count + 1) * stub_size)) return error;
  if (llvm::Error error = commit(slot_memory_, count * sizeof(Slot))) return error;
  return commit(counter_memory_, count * sizeof(Counter));
}

std::byte* Slab::writable(const void* address) const {
  assert(range_.contains(address));
  const std::size_t offset = offset_of(address);
  return offset < shared_size() ? linker_ + offset : range_.start + offset;
}

SlabUsage Slab::usage(Region region) const {
  const Arena& of = arena(region);
  return {of.cursor.load(std::memory_order_relaxed), of.range().size};
}

//===--------------------------------------------------------------------------------------------------------------===//
// Forks

llvm::Error Slab::start_ownership() {
  auto* page = reinterpret_cast<std::byte*>(ownership_);
  if (mprotect(page, page_size(), data_protection) != 0)
    return system_error("cannot make the data of generated code writable");
  madvise(page, page_size(), MADV_WIPEONFORK); // an older kernel refuses; then after_fork_in_child() must do
  ownership_->store(Ownership::own, std::memory_order_release);
  return llvm::Error::success();
}

void Slab::after_fork_in_child() { ownership_->store(Ownership::parents, std::memory_order_release); }

llvm::Error Slab::take_ownership() {
  if (is_own()) return llvm::Error::success();
  Ownership seen = Ownership::parents;
  if (!ownership_->compare_exchange_strong(seen, Ownership::changing, std::memory_order_acq_rel)) {
    ownership_->wait(Ownership::changing, std::memory_order_acquire);
    return is_own() ? llvm::Error::success() : make_error("no memory for the code that a forked process generates");
  }
  llvm::Error error = replace_parents_memory();
  // After a failure one view may be mapped anew without the other. A write through it would go astray.
  ownership_->store(error ? Ownership::lost : Ownership::own, std::memory_order_release);
  ownership_->notify_all();
  return error;
}

llvm::Error Slab::replace_parents_memory() {
  llvm::Expected<CodeMemory> memory = CodeMemory::create(shared_size(), mapping_);
  if (!memory) return memory.takeError();
  linker_ = memory->linker_view();
  if (llvm::Error error = copy_stubs(*memory)) return error;
  for (Region region : {Region::code, Region::rodata}) {
    Arena& rest = arena(region);
    const std::size_t size = rest.range().size;
    rest.floor = std::min(llvm::alignTo(rest.cursor.load(std::memory_order_relaxed), page_size()), size);
    rest.cursor = rest.floor;
    rest.memory.restart_at(rest.floor);
    if (rest.floor == size) continue;
    const AddressRange unused{rest.range().start + rest.floor, size - rest.floor};
    if (llvm::Error error = map_program_view(*memory, unused)) return error;
  }
  return llvm::Error::success();
}

/// The program may run stubs meanwhile: each mapping that is replaced has the same contents before and after.
llvm::Error Slab::copy_stubs(const CodeMemory& memory) {
  const AddressRange all = stubs_.range(), used{all.start, stubs_.committed()};
  if (used.size != 0) {
    if (mprotect(linker_, used.size, linker_protection) != 0)
      return system_error("cannot copy the stubs of generated code");
    std::memcpy(linker_, used.start, used.size);
    if (llvm::Error error = map_program_view(memory, used, code_protection)) return error;
  }
  if (used.size == all.size) return llvm::Error::success();
  return map_program_view(memory, {used.end(), all.size - used.size});
}

} // namespace ajit
