//===- slab_memory_manager.h - JITLink's memory, taken from a slab -----------------------------------------------===//
//
// JITLink asks for memory per object: working memory that it writes blocks into and fixes up, and the addresses these
// will have when the program runs. Here working memory is the slab's writable view of those very addresses, so fixups
// are applied in place, finalising copies and protects nothing, and a link makes no system call. All calls complete
// before they return.
//
// Executable sections go to Region::code, writable ones to Region::data, the rest (.eh_frame, .rodata, exception
// tables) to Region::rodata. A section that is writable and executable is refused.
//
// Deallocating runs the deallocation actions but keeps the memory: code may have frames in it, and what refers to data
// is not known. A link that fails before it is finalised gives its memory back to the slab.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/ExecutionEngine/JITLink/JITLinkMemoryManager.h>

namespace ajit {

class Slab;

/// Borrows the slab, which must outlive it. As thread-safe as the slab: no locks.
class SlabMemoryManager final : public llvm::jitlink::JITLinkMemoryManager {
public:
  explicit SlabMemoryManager(Slab& slab) : slab_(slab) {}

  void allocate(const llvm::jitlink::JITLinkDylib* dylib, llvm::jitlink::LinkGraph& graph,
                OnAllocatedFunction on_allocated) override;
  void deallocate(std::vector<FinalizedAlloc> allocations, OnDeallocatedFunction on_deallocated) override;

  using JITLinkMemoryManager::allocate;
  using JITLinkMemoryManager::deallocate;

private:
  class InFlight;

  Slab& slab_;
};

} // namespace ajit
