//===- pc_map.h - From a program counter to the code it is in ----------------------------------------------------===//
//
// Problem: the unwinder, crash reports and the profiler hold an address and need to know which function's code it is,
// in constant time, from any thread, and from signal handlers, which must not take a lock.
//
// Approach: a table with one 32-bit entry for every 16 bytes ("granule") of the slab's code, which is address space
// until touched: 4 bytes per 16 bytes of code in use. Each granule of a piece of code holds its index into an
// append-only array of descriptors. A descriptor is complete before the first granule names it (release) and is never
// changed or moved after that. The reader's load of the granule (acquire) makes it visible.
//
// Invariant: pieces of code do not overlap. Two pieces may share a granule if they belong to one section of one object.
// One thread adds such pieces in ascending order; the granule names the last, and each descriptor links to the one it
// displaced. Pieces of different objects never share a granule, since the slab aligns code to 16 bytes.
//
// All stubs share one entry: they are one array, and the index in it is the function's.
//
// Rejected: a sorted vector under a reader-writer lock (not signal-safe), a skip list or a radix tree (more to prove,
// and more cache misses than one).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "frame_record.h"
#include "slab.h"
#include "tier.h"

#include <llvm/Support/Error.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

namespace ajit {

enum class CodeKind : uint8_t {
  body,         ///< a function of the program, at a tier
  continuation, ///< the rest of a function, from the head of a loop on
  stub,         ///< the array of stubs: the address's offset divided by Slab::stub_size is the function
  trampoline,   ///< a way into the runtime: the veneer of all stubs, stubs with data around them
  linkage,      ///< jumps that the linker made to functions outside the slab
  other,        ///< anything else: helpers, code from a module's inline assembly
};

/// Stands for "no function" in the label of other code.
inline constexpr FunctionId no_function{~uint32_t{0}};

/// Whose code a piece of code is.
struct CodeLabel {
  FunctionId function = no_function;
  Tier tier = Tier::O0;
  CodeKind kind = CodeKind::other;
  uint32_t loop = 0; ///< of a continuation: its loop
};

/// A piece of code. Neither changes nor moves while its PcMap lives.
struct CodeDescriptor {
  const std::byte* start = nullptr;
  uint32_t size = 0;
  CodeLabel label;
  /// Ends with a zero; owned by the map.
  const char* name = "";
  /// The frame description entry of .eh_frame that covers it; null if the unwinder cannot pass through it.
  const void* fde = nullptr;
  /// Index of the piece of code that ends in the granule where this one starts, or 0.
  uint32_t previous = 0;

  bool contains(const void* pc) const {
    return reinterpret_cast<uintptr_t>(pc) - reinterpret_cast<uintptr_t>(start) < size;
  }
};

/// Borrows the slab's addresses only. add() and lookup() are safe from any thread at any time and take no lock;
/// lookup() is async-signal-safe.
class PcMap {
public:
  static constexpr std::size_t granule = Slab::code_alignment;

  /// `stub_fde` covers every stub, and must outlive the map.
  static llvm::Expected<std::unique_ptr<PcMap>> create(const Slab& slab, const void* stub_fde = frameless_fde());

  ~PcMap();
  PcMap(const PcMap&) = delete;
  PcMap& operator=(const PcMap&) = delete;

  /// Enters `code`, which is inside the slab's code and not empty, under `label` and `name` (copied). Lookups of its
  /// addresses find it once add() has returned; it must not run before that. Fails only when the map is full
  /// or the system has no memory.
  llvm::Expected<const CodeDescriptor*> add(AddressRange code, CodeLabel label, std::string_view name, const void* fde);

  /// From now on lookups of addresses in `code`, the memory of one object, find nothing. No thread may still run in it.
  /// The descriptors themselves stay until the map is destroyed, as a signal handler may hold one.
  void forget(AddressRange code) noexcept;

  /// The piece of code that holds `pc`, or null.
  const CodeDescriptor* lookup(const void* pc) const noexcept;

  /// The addresses that lookup() can answer for.
  AddressRange code_range() const { return code_; }

  /// Pieces of code added so far.
  uint32_t size() const { return next_.load(std::memory_order_relaxed) - 1; }

private:
  using Entry = std::atomic<uint32_t>;

  static constexpr uint32_t chunk_bits = 10;
  static constexpr uint32_t chunk_length = 1u << chunk_bits;
  static constexpr uint32_t max_chunks = 4096;
  struct Chunk;

  PcMap(const Slab& slab, const void* stub_fde, std::byte* table, std::size_t table_bytes);

  std::size_t granule_of(const void* pc) const;
  /// Entries at the start of the table that may be read.
  std::size_t readable() const { return memory_.committed() / sizeof(Entry); }
  llvm::Expected<CodeDescriptor*> descriptor_for_writing(uint32_t index);
  const CodeDescriptor& descriptor(uint32_t index) const;

  const AddressRange code_;
  const CodeDescriptor stubs_;
  Entry* const table_;   // for what follows the stubs; 0 means no code
  GrowingMemory memory_; ///< the table's
  std::atomic<uint32_t> next_{1};
  /// Each is stored once, by the thread that needs it first (release). A reader that found an index finds its chunk.
  std::array<std::atomic<Chunk*>, max_chunks> chunks_{};
};

} // namespace ajit
