//===- large_data.h - Static variables that are too large for the slab --------------------------------------------===//
//
// A program may have static arrays of hundreds of megabytes; a native link allows 2 GiB. The code generator puts the
// largest ones in sections of their own, and code reaches them through entries of a global offset table
// (ir/modules/large_variables.h). So these may be anywhere. Each such section of an object gets a mapping of its own.
//
// The first mappings follow the slab's end, as far as everything remains within 2 GiB of its start. There JITLink
// replaces loads of table entries by displacements, and displacements in assembly fit. Other data that finds the slab
// full gets a mapping there as well, and only there.
//
// The mappings are private, and no page of zeroed memory is touched before the program touches it. An unmapped page
// separates each from its neighbours.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "address_space.h"

#include <string_view>
#include <vector>

namespace ajit {

/// Whether the code generator puts large variables, and nothing else, in the section `name`.
bool is_large_section(std::string_view name);

/// Owns the mappings. Thread-safe, except for destruction; no member takes a lock.
class LargeData {
public:
  struct Mapping {
    AddressRange memory;
    bool is_writable = true;
  };

  LargeData() = default;
  ~LargeData();
  LargeData(const LargeData&) = delete;
  LargeData& operator=(const LargeData&) = delete;

  /// Mappings are to follow `slab` if possible.
  void start_behind(AddressRange slab);

  /// Where a mapping may be.
  enum class Place : uint8_t {
    near,     ///< where a displacement of 32 bits from anywhere in the slab leads
    anywhere, ///< near if there is room
  };

  /// Maps `size` zeroed bytes, writable.
  llvm::Expected<AddressRange> allocate(std::size_t size, std::size_t alignment, Place place = Place::anywhere);
  /// Makes what allocate() returned read-only.
  llvm::Error protect(AddressRange memory);
  /// Unmaps what allocate() returned.
  void give_back(AddressRange memory);

  bool contains(const void* address) const;
  /// All mappings, the newest first.
  std::vector<Mapping> mappings() const;
  std::size_t size() const;

private:
  struct Node;

  std::byte* map_near(std::size_t size, std::size_t alignment);
  /// Below the slab, where the kernel puts other mappings as well: tries places until one is free.
  std::byte* map_below(std::size_t size, std::size_t alignment) const;
  Node* find(AddressRange memory) const;

  std::atomic<Node*> newest_{nullptr};
  std::atomic<uintptr_t> next_{0}; ///< the next place behind the slab
  uintptr_t end_of_reach_ = 0;
  AddressRange slab_;
};

} // namespace ajit
