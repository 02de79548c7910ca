//===- slab.h - The one address range that holds everything a Jit generates --------------------------------------===//
//
// Problem: code is generated a function at a time, thousands of times, while the program runs. JITLink's own manager
// maps and protects pages per object: two mappings and several system calls for a function of 200 bytes. Mappings are a
// limited resource (65,530), and code scattered over the address space cannot use 32-bit displacements.
//
// Approach: reserve one range, at most 2 GiB, so that each byte of it reaches every other with a 32-bit displacement,
// and hand it out by bumping a cursor per region. Code and read-only data live in a memfd that is mapped twice: the
// program's view is r-x or r--, the linker's view, at an unrelated address, is rw-. No page is ever both writable and
// executable through one address, publishing takes no system call, and there are always four mappings:
//
//      program's view (base)                                          linker's view (elsewhere)
//      ┌───────┬──────────────────┬──────────────┐ ─ memfd ─────────▶ ┌──────────────────────────────────────────┐
//      │ stubs │ code         r-x │ rodata   r-- │                    │ stubs, code, rodata                  rw- │
//      ├───────┴──┬──────────┬────┴──────────────┤                    └──────────────────────────────────────────┘
//      │ slots    │ counters │ data          rw- │ ─ private, anonymous: written in place, copied on write by fork
//      └──────────┴──────────┴───────────────────┘
//
// Fork. The memfd's views are shared mappings, so a child that went on compiling would write into its parent's code.
// after_fork_in_child() therefore moves the cursors to the first page that holds nothing the child knows. The child's
// first allocation maps a fresh memfd over the rest of code and rodata, in both views. Why that is enough:
//   - What was allocated before the fork lies below that page. It stays shared, and no process rewrites it: published
//     code and its read-only data are immutable, and a link that was in flight belongs to a thread the child does not
//     have.
//   - The page that a cursor stood in stays shared too. The parent may fill the rest of it; the child never allocates
//     there and holds no reference to what appears there.
//   - What the child writes from now on is in its own memfd, which the parent never maps.
//   - Stubs are written late as well, but the stub of index i must be a function of i alone (it jumps through slot i).
//     Parent and child may both write it, into the same shared page, and write the same bytes. So the array of stubs
//     needs no copy and keeps its fixed addresses.
//   - Slots, counters and data are private mappings: the kernel copies them.
// A child of vfork, or a thread, shares all memory with its parent and must not call after_fork_in_child(). Each
// generation of forked children adds four mappings.
//
// Rejected: mprotect per object (system calls, TLB shootdowns, mappings split); one rwx range (no W^X); MAP_PRIVATE for
// the views (a write through one is not seen through the other); freeing and reusing code (a thread may be in it, and a
// Jit's total is bounded by functions × tiers); transparent huge pages (by default the kernel disables them for shared
// memory, and then asking for them has no effect).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "tier.h"

#include <llvm/Support/Error.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace ajit {

/// The parts of a slab that memory is allocated from.
enum class Region : uint8_t { code, rodata, data };

inline constexpr std::size_t region_count = 3;

/// A half-open range of addresses; owns nothing.
struct AddressRange {
  std::byte* start = nullptr;
  std::size_t size = 0;

  std::byte* end() const { return start + size; }
  bool contains(const void* address) const {
    return reinterpret_cast<uintptr_t>(address) - reinterpret_cast<uintptr_t>(start) < size;
  }
};

/// How the program's view of code is mapped; some tools need a special mapping.
enum class CodeMapping : uint8_t {
  /// A file in memory, mapped shared.
  standard,
  /// For debuggers. They write breakpoints with ptrace, which Linux refuses in read-only shared mappings (FOLL_FORCE
  /// needs copy-on-write). So code is mapped private: a page shows what the linker writes until a breakpoint makes a
  /// copy of it. No two objects share a page, or a breakpoint in one would hide a later one.
  debuggable,
  /// For perf's map files. perf uses them only for memory that it takes to be anonymous, judging by the name of the
  /// mapping. A memfd does not pass for that; memory that is mapped shared without a file does.
  anonymous,
};

struct SlabOptions {
  /// Bytes of address space, at most 2 GiB; half is for code, a quarter each for read-only and for writable data.
  /// Costs no memory until it is touched.
  std::size_t size = std::size_t{1} << 30;
  /// Length of the arrays of stubs, slots and counters.
  uint32_t max_functions = function_limit;
  CodeMapping mapping = CodeMapping::standard;
};

/// Bytes of a region handed out so far, alignment gaps included, and its size.
struct SlabUsage {
  std::size_t used = 0;
  std::size_t limit = 0;
};

/// Owns the mappings. Thread-safe, except for destruction: by then no thread may run or read anything in it. No member
/// takes a lock, so a fork at any moment leaves it usable.
class Slab {
public:
  /// Bytes of one stub.
  static constexpr std::size_t stub_size = 16;
  /// Least alignment of an allocation in Region::code.
  static constexpr std::size_t code_alignment = 16;

  using Slot = std::atomic<void*>;
  using Counter = std::atomic<int32_t>;

  /// Fails if the sizes make no sense or the system refuses the mappings; the message says which and why.
  static llvm::Expected<std::unique_ptr<Slab>> create(const SlabOptions& options = {});

  ~Slab();
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  /// Allocates `size` zeroed bytes and returns their address in the program's view. `alignment` is a power of two; code
  /// gets 16 at least. If the region is full, the error names it, the request and the limit.
  llvm::Expected<AddressRange> allocate(Region region, std::size_t size, std::size_t alignment = 16);

  /// Takes back memory that nothing refers to and no thread executes: of a link that failed, or of code that was freed.
  /// The slab reuses it if it was the region's last allocation; otherwise it is lost until the slab's end.
  void give_back(Region region, AddressRange memory);

  /// Where the linker writes what the program sees at `address`, which must lie in the slab. Data has only one view.
  std::byte* writable(const void* address) const;

  /// The function's stub, in the program's view. Its bytes may depend on `function` alone (see "Fork" above).
  std::byte* stub(FunctionId function) const { return stubs_.start + index_of(function) * stub_size; }
  /// What the stub jumps through. Zero until set.
  Slot& slot(FunctionId function) const { return slots_[index_of(function)]; }
  /// The function's call counter. Zero until set.
  Counter& counter(FunctionId function) const { return counters_[index_of(function)]; }
  uint32_t max_functions() const { return max_functions_; }

  /// All of the slab.
  AddressRange range() const { return range_; }
  /// Everything executable: the stubs, then what allocate(Region::code) hands out.
  AddressRange code_range() const { return {stubs_.start, stubs_.size + arena(Region::code).range.size}; }
  /// The array of stubs alone.
  AddressRange stub_range() const { return stubs_; }

  SlabUsage usage(Region region) const;
  /// What has been handed out of the region so far.
  AddressRange used(Region region) const { return {arena(region).range.start, usage(region).used}; }

  /// To be called in a child of fork, by its only thread, before it allocates. The first allocate() makes the memory
  /// that the child allocates from, as most children need none. If that fails, the child can run existing code, but
  /// this and all later calls of allocate() fail.
  void after_fork_in_child();

private:
  /// A region's memory and the offset of its first free byte. Moving the cursor is acquire and release, so that memory
  /// given back is zero before another thread gets it. What a thread writes into an allocation reaches other threads
  /// when it publishes the address.
  struct Arena {
    AddressRange range;
    std::atomic<std::size_t> cursor{0};
    std::size_t floor = 0; // allocations below are from before a fork; changed by a child's only thread
  };

  explicit Slab(CodeMapping mapping) : mapping_(mapping) {}

  llvm::Error map(const SlabOptions& options);
  void divide(const SlabOptions& options);
  /// Whose memory allocate() hands out: this process's, or still its parent's.
  enum class Ownership : uint8_t { own, parents, changing };

  /// Gives this process memory of its own; other threads wait.
  llvm::Error take_ownership();
  llvm::Error replace_unused_memory();
  Arena& arena(Region region) { return arenas_[static_cast<std::size_t>(region)]; }
  const Arena& arena(Region region) const { return arenas_[static_cast<std::size_t>(region)]; }
  /// Bytes at the start of range_ that are in the memfd: stubs, code and rodata.
  std::size_t shared_size() const { return code_range().size + arena(Region::rodata).range.size; }

  const CodeMapping mapping_;
  AddressRange range_;          // the program's view, and data behind it
  std::byte* linker_ = nullptr; // the linker's view of the first shared_size() bytes
  AddressRange stubs_;
  std::array<Arena, region_count> arenas_;
  Slot* slots_ = nullptr;
  Counter* counters_ = nullptr;
  uint32_t max_functions_ = 0;
  /// A thread leaves `changing` with release, and others acquire: they find the mappings in place.
  std::atomic<Ownership> ownership_{Ownership::own};
};

} // namespace ajit
