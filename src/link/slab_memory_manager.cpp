#include "slab_memory_manager.h"

#include "error.h"
#include "pc_map.h"
#include "slab.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/ExecutionEngine/JITLink/JITLink.h>

namespace ajit {
namespace {

using llvm::jitlink::BasicLayout;
using llvm::orc::AllocGroup;
using llvm::orc::MemLifetime;
using llvm::orc::MemProt;
using DeallocActions = std::vector<llvm::orc::shared::WrapperFunctionCall>;

LLVM_ENABLE_BITMASK_ENUMS_IN_NAMESPACE();

bool has(AllocGroup group, MemProt protection) { return (group.getMemProt() & protection) == protection; }

Region region_of(AllocGroup group) {
  if (has(group, MemProt::Exec)) return Region::code;
  return has(group, MemProt::Write) ? Region::data : Region::rodata;
}

} // namespace

struct SlabMemoryManager::Piece {
  Region region;
  MemLifetime lifetime;
  AddressRange memory;
};

/// The memory and actions that a FinalizedAlloc stands for.
struct SlabMemoryManager::Kept {
  DeallocActions actions;
  llvm::SmallVector<Piece, 3> pieces;
};

/// An object's memory while it is linked. Goes back to the slab unless finalize() succeeds.
class SlabMemoryManager::InFlight final : public InFlightAlloc {
public:
  InFlight(Slab& slab, llvm::jitlink::LinkGraph& graph) : slab_(slab), graph_(graph) {}

  ~InFlight() override {
    give_back([](const Piece&) { return true; });
  }

  /// Gives the segment its address and, in the writable view of the same bytes, its working memory.
  llvm::Error place(AllocGroup group, BasicLayout::Segment& segment) {
    if (has(group, MemProt::Exec | MemProt::Write))
      return make_error("{} has a section that is writable and executable", graph_.getName());
    const Region region = region_of(group);
    llvm::Expected<AddressRange> memory =
        slab_.allocate(region, segment.ContentSize + segment.ZeroFillSize, segment.Alignment.value());
    if (!memory) return memory.takeError();
    pieces_.push_back({region, group.getMemLifetime(), *memory});
    segment.Addr = llvm::orc::ExecutorAddr::fromPtr(memory->start);
    segment.WorkingMem = reinterpret_cast<char*>(slab_.writable(memory->start));
    return llvm::Error::success();
  }

  void abandon(OnAbandonedFunction on_abandoned) override { on_abandoned(llvm::Error::success()); }

  void finalize(OnFinalizedFunction on_finalized) override {
    llvm::Expected<DeallocActions> actions = llvm::orc::shared::runFinalizeActions(graph_.allocActions());
    if (!actions) return on_finalized(actions.takeError());
    // Memory that only the finalise actions needed can go now.
    give_back([](const Piece& piece) { return piece.lifetime == MemLifetime::Finalize; });
    llvm::erase_if(pieces_, [](const Piece& piece) { return piece.lifetime == MemLifetime::Finalize; });
    auto* kept = new Kept{std::move(*actions), {pieces_.begin(), pieces_.end()}};
    pieces_.clear();
    on_finalized(FinalizedAlloc(llvm::orc::ExecutorAddr::fromPtr(kept)));
  }

private:
  /// Newest first, so that each piece is its region's last allocation if no other thread allocated meanwhile.
  template <typename Which> void give_back(Which which) {
    for (const Piece& piece : llvm::reverse(pieces_))
      if (which(piece)) slab_.give_back(piece.region, piece.memory);
  }

  Slab& slab_;
  llvm::jitlink::LinkGraph& graph_;
  llvm::SmallVector<Piece, 4> pieces_;
};

void SlabMemoryManager::allocate(const llvm::jitlink::JITLinkDylib*, llvm::jitlink::LinkGraph& graph,
                                 OnAllocatedFunction on_allocated) {
  BasicLayout layout(graph);
  auto in_flight = std::make_unique<InFlight>(slab_, graph);
  for (auto& [group, segment] : layout.segments())
    if (llvm::Error error = in_flight->place(group, segment)) return on_allocated(std::move(error));
  if (llvm::Error error = layout.apply()) return on_allocated(std::move(error));
  on_allocated(std::move(in_flight));
}

void SlabMemoryManager::deallocate(std::vector<FinalizedAlloc> allocations, OnDeallocatedFunction on_deallocated) {
  llvm::Error errors = llvm::Error::success();
  for (FinalizedAlloc& allocation : llvm::reverse(allocations)) {
    std::unique_ptr<Kept> kept(allocation.release().toPtr<Kept*>());
    errors = llvm::joinErrors(std::move(errors), llvm::orc::shared::runDeallocActions(kept->actions));
    for (const Piece& piece : llvm::reverse(kept->pieces)) {
      if (map_ && piece.region == Region::code) map_->forget(piece.memory);
      slab_.give_back(piece.region, piece.memory);
    }
  }
  on_deallocated(std::move(errors));
}

} // namespace ajit
