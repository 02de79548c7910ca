//===- slab.h - The one address range that holds everything a Jit generates --------------------------------------===//
//
// Problem: code is generated a function at a time, thousands of times, while the program runs. JITLink's own manager
// maps and protects pages per object: two mappings and several system calls for a function of 200 bytes. Mappings are a
// limited resource (65,530), and code scattered over the address space cannot use 32-bit displacements.
//
// Approach: reserve one range, at most 2 GiB, so that each byte of it reaches every other with a 32-bit displacement,
// and hand it out by bumping a cursor per region. Code and read-only data live in memory with two views
// (code_memory.h): the program's is r-x or r--, the linker's, at a random address, is rw-. No page is ever both
// writable and executable through one address, publishing takes no system call, and the number of mappings is constant:
//
//      program's view (base)                                          linker's view (elsewhere)
//      ┌───────┬──────────────────┬──────────────┐ ─ memfd ─────────▶ ┌──────────────────────────────────────────┐
//      │ stubs │ code         r-x │ rodata   r-- │                    │ stubs, code, rodata                  rw- │
//      ├───────┴──┬──────────┬────┴─┬────────────┤                    └──────────────────────────────────────────┘
//      │ slots    │ counters │ gap  │ data   rw- │ ─ private, anonymous: written in place, copied on write by fork
//      └──────────┴──────────┴──────┴────────────┘
//
// Each of these parts is reserved and committed as it fills (address_space.h). So behind its used memory each part ends
// in inaccessible memory. The gap keeps writes that run off the program's data away from slots and counters. Where the
// system grants less address space (`ulimit -v`), the range is smaller.
//
// Fork. The memfd's views are shared mappings, so a child that went on compiling would write into its parent's code;
// and a child that gave up its privileges must not be able to. A child therefore inherits the program's view only,
// which no process can make writable. When it first allocates memory or makes stubs, it takes a fresh memfd:
//   - What was allocated before the fork lies below the first page that holds nothing the child knows. It stays shared,
//     and no process rewrites it: published code and its read-only data are immutable, and a link that was in flight
//     belongs to a thread the child does not have.
//   - The page that a cursor stood in stays shared too. The parent may fill the rest of it; the child never allocates
//     there and holds no reference to what appears there.
//   - The rest of code and rodata, and the whole array of stubs with a copy of its contents, become the child's own. A
//     stub is a function of its index alone, so what the parent writes meanwhile cannot make the copy wrong.
//   - Slots, counters and data are private mappings: the kernel copies them.
// The kernel itself tells a child that it is one: it clears the page with `ownership_` (MADV_WIPEONFORK). So this works
// for children of a raw system call as well. A child of vfork, or a thread, shares all memory with its parent. Each
// generation of forked children adds a few mappings.
//
// Rejected: mprotect per object (system calls, TLB shootdowns, mappings split); one rwx range (no W^X); MAP_PRIVATE for
// the views (a write through one is not seen through the other); freeing and reusing code (a thread may be in it, and a
// Jit's total is bounded by functions × tiers); the linker's view mapped only while a link runs (two system calls and
// TLB shootdowns per function; its address is as hard to guess); transparent huge pages (by default the kernel disables
// them for shared memory, and then asking for them has no effect).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "code_memory.h"
#include "large_data.h"
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

struct SlabOptions {
  /// Bytes of address space, at most 2 GiB; half is for code, a quarter each for read-only and for writable data. The
  /// slab takes less if the process is limited to little or the system refuses.
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

  /// Static variables that are too large for Region::data.
  LargeData& large_data() { return large_; }
  const LargeData& large_data() const { return large_; }

  /// Takes back memory that nothing refers to and no thread executes: of a link that failed, or of code that was freed.
  /// The slab reuses it if it was the region's last allocation; otherwise it is lost until the slab's end.
  void give_back(Region region, AddressRange memory);

  /// Where the linker writes what the program sees at `address`, which lies in memory that this process has allocated,
  /// or in a stub below the end of make_functions(). Data has only one view.
  std::byte* writable(const void* address) const;

  /// Makes the stubs, slots and counters of the first `count` functions usable, and their stubs writable. A forked
  /// child must call it again before it writes a stub.
  llvm::Error make_functions(uint32_t count);

  /// The function's stub, in the program's view. Its bytes may depend on `function` alone (see "Fork" above).
  std::byte* stub(FunctionId function) const { return stub_range().start + index_of(function) * stub_size; }
  /// What the stub jumps through. Zero until set.
  Slot& slot(FunctionId function) const { return slots_[index_of(function)]; }
  /// The function's call counter. Zero until set.
  Counter& counter(FunctionId function) const { return counters_[index_of(function)]; }
  uint32_t max_functions() const { return max_functions_; }

  /// All of the slab.
  AddressRange range() const { return range_; }
  /// Whether generated code or its data is at `address`, large data included.
  bool contains(const void* address) const { return range_.contains(address) || large_.contains(address); }
  /// Everything executable: the stubs, then what allocate(Region::code) hands out.
  AddressRange code_range() const { return {stub_range().start, stub_range().size + arena(Region::code).range().size}; }
  /// The array of stubs alone.
  AddressRange stub_range() const { return {stubs_.range().start + stub_size, stubs_.range().size - stub_size}; }

  SlabUsage usage(Region region) const;
  /// What has been handed out of the region so far.
  AddressRange used(Region region) const { return {arena(region).range().start, usage(region).used}; }

  /// To be called in a child of fork, by its only thread, where the kernel does not tell (before Linux 4.14). The first
  /// allocation makes the memory that the child allocates from, as most children need none. If that fails, the child
  /// can run existing code, but this and all later calls of allocate() and make_functions() fail.
  void after_fork_in_child();

private:
  /// A region's memory and the offset of its first free byte. Moving the cursor is acquire and release, so that memory
  /// given back is zero before another thread gets it. What a thread writes into an allocation reaches other threads
  /// when it publishes the address.
  struct Arena {
    GrowingMemory memory;
    std::atomic<std::size_t> cursor{0};
    std::size_t floor = 0; ///< allocations below are from before a fork; changed by the thread that takes ownership

    AddressRange range() const { return memory.range(); }
  };

  /// Whose memory allocate() hands out: this process's, or still its parent's, which is what a page of zeroes says.
  enum class Ownership : uint32_t { parents, own, changing, lost };

  explicit Slab(CodeMapping mapping) : mapping_(mapping) {}

  llvm::Error map(const SlabOptions& options);
  void divide(const SlabOptions& options);
  llvm::Error start_ownership();

  bool is_own() const { return ownership_->load(std::memory_order_acquire) == Ownership::own; }
  /// Gives this process memory of its own, if it has none; other threads wait.
  llvm::Error take_ownership();
  llvm::Error replace_parents_memory();
  llvm::Error copy_stubs(const CodeMemory& memory);
  /// Maps `view`, a part of the program's view, with `protection`; none: commit() gives it later.
  llvm::Error map_program_view(const CodeMemory& memory, AddressRange view, int protection = 0) const;
  /// Makes the first `size` bytes of `part` accessible, in the linker's view, too, if it has one.
  llvm::Error commit(GrowingMemory& part, std::size_t size);

  Arena& arena(Region region) { return arenas_[static_cast<std::size_t>(region)]; }
  const Arena& arena(Region region) const { return arenas_[static_cast<std::size_t>(region)]; }
  std::size_t offset_of(const void* address) const {
    return static_cast<std::size_t>(static_cast<const std::byte*>(address) - range_.start);
  }
  /// Bytes at the start of range_ that have two views: stubs, code and rodata.
  std::size_t shared_size() const { return offset_of(arena(Region::rodata).range().end()); }

  const CodeMapping mapping_;
  AddressRange range_;          ///< the program's view, and data behind it
  std::byte* linker_ = nullptr; ///< the linker's view of the first shared_size() bytes; a child's own, or null
  /// The array of stubs begins with the place of one that no function has: a program may read what is just before a
  /// function (clang's -fsanitize=function does), also before the first one.
  GrowingMemory stubs_;
  GrowingMemory slot_memory_, counter_memory_;
  std::array<Arena, region_count> arenas_;
  LargeData large_;
  Slot* slots_ = nullptr;
  Counter* counters_ = nullptr;
  uint32_t max_functions_ = 0;
  /// A thread leaves `changing` with release, and others acquire: they find the mappings in place.
  std::atomic<Ownership>* ownership_ = nullptr;
};

} // namespace ajit
