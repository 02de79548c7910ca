//===- slab_memory_manager.h - JITLink's memory, taken from a slab -----------------------------------------------===//
//
// JITLink asks for memory per object: working memory, where it writes and fixes up blocks, and the addresses that these
// will have when the program runs. Here working memory is the slab's writable view of those very addresses. So JITLink
// applies fixups in place, finalising copies and protects nothing, and a link makes no system call. All calls complete
// before they return.
//
// Executable sections go to Region::code, writable ones to Region::data, the rest (.eh_frame, .rodata, exception
// tables) to Region::rodata. A section that is writable and executable is refused. Sections of large variables, and
// data that finds its region full, get mappings of their own (large_data.h).
//
// Deallocating runs the deallocation actions, takes the code out of the PC map and gives the memory back to the slab.
// The caller guarantees that no frame is in the code and that nothing refers to the data (installed_body.h). A link
// that fails before it is finalised gives its memory back as well.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/ExecutionEngine/JITLink/JITLinkMemoryManager.h>

namespace ajit {

class PcMap;
class Slab;

/// Borrows the slab and the map, which must outlive it; `map` may be null. As thread-safe as these two: it has no
/// locks.
class SlabMemoryManager final : public llvm::jitlink::JITLinkMemoryManager {
public:
  explicit SlabMemoryManager(Slab& slab, PcMap* map = nullptr) : slab_(slab), map_(map) {}

  void allocate(const llvm::jitlink::JITLinkDylib* dylib, llvm::jitlink::LinkGraph& graph,
                OnAllocatedFunction on_allocated) override;
  void deallocate(std::vector<FinalizedAlloc> allocations, OnDeallocatedFunction on_deallocated) override;

  using JITLinkMemoryManager::allocate;
  using JITLinkMemoryManager::deallocate;

private:
  struct Piece;
  struct Kept;
  class InFlight;

  Slab& slab_;
  PcMap* const map_;
};

} // namespace ajit
