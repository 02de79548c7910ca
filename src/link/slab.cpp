#include "slab.h"

#include "error.h"

#include <llvm/Support/MathExtras.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <sys/mman.h>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace ajit {
namespace {

constexpr std::size_t max_slab_size = std::size_t{2} << 30;
constexpr int code_protection = PROT_READ | PROT_EXEC;
constexpr int rodata_protection = PROT_READ;
constexpr int linker_protection = PROT_READ | PROT_WRITE;

std::size_t page_size() {
  static const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  return size;
}

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

int code_sharing(CodeMapping mapping) { return mapping == CodeMapping::debuggable ? MAP_PRIVATE : MAP_SHARED; }

/// What failed, and errno's reason.
llvm::Error system_error(std::string_view what) {
  return make_error("{}: {}", what, std::generic_category().message(errno));
}

llvm::Error exhausted(Region region, std::size_t size, SlabUsage usage) {
  return make_error("no room for {} bytes of generated {}: {} of {} bytes are in use", size, region_name(region),
                    usage.used, usage.limit);
}

/// Memory that can be mapped several times while this object lives; the mappings outlive it.
class MemoryFile {
public:
  static llvm::Expected<MemoryFile> create(std::size_t size, CodeMapping mapping) {
    if (mapping == CodeMapping::anonymous) return create_nameless(size);
    // ftruncate beyond the limit on file sizes would kill the process with SIGXFSZ instead of failing.
    rlimit limit{};
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < size)
      return make_error("cannot reserve {} bytes for generated code: the limit on file sizes (ulimit -f) is {} bytes",
                        size, limit.rlim_cur);
    MemoryFile file(size, memfd_create("ajit", MFD_CLOEXEC));
    if (file.descriptor_ < 0) return system_error("cannot create a memory file for generated code");
    // Sparse: pages exist once they are touched.
    if (ftruncate(file.descriptor_, static_cast<off_t>(size)) != 0)
      return system_error("cannot size the memory file for generated code");
    return file;
  }

  MemoryFile(MemoryFile&& other) noexcept
      : size_(other.size_), descriptor_(other.descriptor_), nameless_(other.nameless_) {
    other.descriptor_ = -1;
    other.nameless_ = nullptr;
  }
  MemoryFile& operator=(MemoryFile&&) = delete;
  ~MemoryFile() {
    if (descriptor_ >= 0) close(descriptor_);
    if (nameless_) munmap(nameless_, size_);
  }

  /// Replaces the mapping at `address` by the file's bytes from `offset` on; `sharing` is MAP_SHARED or MAP_PRIVATE.
  llvm::Error map(std::byte* address, std::size_t size, int protection, std::size_t offset,
                  int sharing = MAP_SHARED) const {
    void* mapped = nameless_ ? map_again(address, size, protection, offset)
                             : mmap(address, size, protection, sharing | MAP_FIXED | MAP_NORESERVE, descriptor_,
                                    static_cast<off_t>(offset));
    if (mapped == MAP_FAILED) return system_error(fmt::format("cannot map {} bytes for generated code", size));
    return llvm::Error::success();
  }

private:
  MemoryFile(std::size_t size, int descriptor) : size_(size), descriptor_(descriptor) {}

  static llvm::Expected<MemoryFile> create_nameless(std::size_t size) {
    void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return system_error(fmt::format("cannot map {} bytes for generated code", size));
    MemoryFile file(size, -1);
    file.nameless_ = static_cast<std::byte*>(memory);
    return file;
  }

  /// Without a descriptor: mremap with an old size of 0 maps the memory of a shared mapping a second time.
  void* map_again(std::byte* address, std::size_t size, int protection, std::size_t offset) const {
    void* mapped = mremap(nameless_ + offset, 0, size, MREMAP_MAYMOVE | MREMAP_FIXED, address);
    if (mapped != MAP_FAILED && mprotect(mapped, size, protection) != 0) return MAP_FAILED;
    return mapped;
  }

  std::size_t size_;
  int descriptor_;
  std::byte* nameless_ = nullptr; ///< maps all of the memory if there is no descriptor
};

/// Address space that nothing else will be mapped into.
llvm::Expected<std::byte*> reserve(std::size_t size) {
  void* memory = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return system_error(fmt::format("cannot reserve {} bytes of address space for generated code", size));
  return static_cast<std::byte*>(memory);
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

} // namespace

llvm::Expected<std::unique_ptr<Slab>> Slab::create(const SlabOptions& options) {
  if (llvm::Error error = check(options)) return error;
  std::unique_ptr<Slab> slab(new Slab(options.mapping));
  if (llvm::Error error = slab->map(options)) return error;
  return slab;
}

llvm::Error Slab::map(const SlabOptions& options) {
  llvm::Expected<std::byte*> base = reserve(options.size);
  if (!base) return base.takeError();
  range_ = {*base, options.size};
  divide(options);

  llvm::Expected<std::byte*> linker = reserve(shared_size());
  if (!linker) return linker.takeError();
  linker_ = *linker;

  llvm::Expected<MemoryFile> file = MemoryFile::create(shared_size(), mapping_);
  if (!file) return file.takeError();
  if (llvm::Error error = file->map(linker_, shared_size(), linker_protection, 0)) return error;
  const AddressRange code = code_range();
  if (llvm::Error error = file->map(code.start, code.size, code_protection, 0, code_sharing(mapping_))) return error;
  const AddressRange rodata = arena(Region::rodata).range;
  if (llvm::Error error = file->map(rodata.start, rodata.size, rodata_protection, code.size)) return error;

  std::byte* private_start = range_.start + shared_size();
  if (mprotect(private_start, static_cast<std::size_t>(range_.end() - private_start), PROT_READ | PROT_WRITE) != 0)
    return system_error("cannot make the data of generated code writable");
  return llvm::Error::success();
}

/// Lays out the range: stubs and code in its first half, then a quarter each of read-only and of writable data.
void Slab::divide(const SlabOptions& options) {
  max_functions_ = options.max_functions;
  const std::size_t half = options.size / 2;
  const std::size_t quarter = options.size / 4;
  std::byte* base = range_.start;

  stubs_ = {base, llvm::alignTo(max_functions_ * stub_size, page_size())};
  arena(Region::code).range = {stubs_.end(), half - stubs_.size};
  arena(Region::rodata).range = {base + half, quarter};

  std::byte* writable_start = base + half + quarter;
  const std::size_t slots_size = llvm::alignTo(max_functions_ * sizeof(Slot), page_size());
  const std::size_t counters_size = llvm::alignTo(max_functions_ * sizeof(Counter), page_size());
  // Fresh anonymous pages are zero, which is a valid value of either atomic.
  slots_ = reinterpret_cast<Slot*>(writable_start);
  counters_ = reinterpret_cast<Counter*>(writable_start + slots_size);
  arena(Region::data).range = {writable_start + slots_size + counters_size, quarter - slots_size - counters_size};
}

Slab::~Slab() {
  if (linker_) munmap(linker_, shared_size());
  if (range_.start) munmap(range_.start, range_.size);
}

llvm::Expected<AddressRange> Slab::allocate(Region region, std::size_t size, std::size_t alignment) {
  assert(llvm::isPowerOf2_64(alignment));
  if (region == Region::code)
    alignment = std::max(alignment, mapping_ == CodeMapping::debuggable ? page_size() : code_alignment);
  if (ownership_.load(std::memory_order_acquire) != Ownership::own)
    if (llvm::Error error = take_ownership()) return error;
  Arena& from = arena(region);
  const auto base = reinterpret_cast<uintptr_t>(from.range.start);
  std::size_t cursor = from.cursor.load(std::memory_order_acquire);
  for (;;) {
    const std::size_t start = llvm::alignTo(base + cursor, alignment) - base;
    if (start > from.range.size || size > from.range.size - start) return exhausted(region, size, usage(region));
    if (from.cursor.compare_exchange_weak(cursor, start + size, std::memory_order_acq_rel, std::memory_order_acquire))
      return AddressRange{from.range.start + start, size};
  }
}

void Slab::give_back(Region region, AddressRange memory) {
  Arena& to = arena(region);
  const auto start = static_cast<std::size_t>(memory.start - to.range.start);
  if (start < to.floor) return; // from before a fork: it belongs to the parent
  std::size_t end = start + memory.size;
  if (to.cursor.load(std::memory_order_relaxed) != end) return;
  // Zeroed first: once the cursor is back, another thread may get the memory.
  std::memset(writable(memory.start), 0, memory.size);
  to.cursor.compare_exchange_strong(end, start, std::memory_order_acq_rel, std::memory_order_relaxed);
}

std::byte* Slab::writable(const void* address) const {
  assert(range_.contains(address));
  const auto offset = static_cast<std::size_t>(static_cast<const std::byte*>(address) - range_.start);
  return offset < shared_size() ? linker_ + offset : range_.start + offset;
}

SlabUsage Slab::usage(Region region) const {
  const Arena& of = arena(region);
  return {of.cursor.load(std::memory_order_relaxed), of.range.size};
}

void Slab::after_fork_in_child() {
  for (Region region : {Region::code, Region::rodata}) {
    Arena& rest = arena(region);
    rest.floor = std::min(llvm::alignTo(rest.cursor.load(std::memory_order_relaxed), page_size()), rest.range.size);
    rest.cursor = rest.floor;
  }
  ownership_.store(Ownership::parents, std::memory_order_release);
}

llvm::Error Slab::take_ownership() {
  Ownership seen = Ownership::parents;
  if (!ownership_.compare_exchange_strong(seen, Ownership::changing, std::memory_order_acq_rel)) {
    ownership_.wait(Ownership::changing, std::memory_order_acquire);
    return llvm::Error::success();
  }
  llvm::Error error = replace_unused_memory();
  if (error) {
    // One view may be mapped anew without the other. A write through it would go astray, so allocate() must fail from
    // now on.
    for (Region region : {Region::code, Region::rodata})
      arena(region).cursor = arena(region).range.size;
  }
  ownership_.store(Ownership::own, std::memory_order_release);
  ownership_.notify_all();
  return error;
}

llvm::Error Slab::replace_unused_memory() {
  llvm::Expected<MemoryFile> file = MemoryFile::create(shared_size(), mapping_);
  if (!file) return file.takeError();
  for (Region region : {Region::code, Region::rodata}) {
    Arena& rest = arena(region);
    const std::size_t size = rest.range.size - rest.floor;
    if (size == 0) continue;
    std::byte* start = rest.range.start + rest.floor;
    const auto offset = static_cast<std::size_t>(start - range_.start);
    const bool code = region == Region::code;
    if (llvm::Error error = file->map(start, size, code ? code_protection : rodata_protection, offset,
                                      code ? code_sharing(mapping_) : MAP_SHARED))
      return error;
    if (llvm::Error error = file->map(linker_ + offset, size, linker_protection, offset)) return error;
  }
  return llvm::Error::success();
}

} // namespace ajit
