#include "slab_memory_manager.h"

#include "error.h"
#include "pc_map.h"
#include "slab.h"

#include <algorithm>
#include <cstring>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/ExecutionEngine/JITLink/JITLink.h>
#include <optional>
#include <utility>

namespace ajit {
namespace {

using llvm::jitlink::BasicLayout;
using llvm::jitlink::Block;
using llvm::jitlink::Section;
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

/// Keeps sections of large variables out of a BasicLayout that is made while it lives.
class LargeSectionsSetAside {
public:
  explicit LargeSectionsSetAside(llvm::jitlink::LinkGraph& graph) {
    for (Section& section : graph.sections()) {
      if (section.empty() || section.getMemLifetime() != MemLifetime::Standard) continue;
      if ((section.getMemProt() & MemProt::Exec) != MemProt::None) continue;
      if (!is_large_section({section.getName().data(), section.getName().size()})) continue;
      section.setMemLifetime(MemLifetime::NoAlloc);
      sections_.push_back(&section);
    }
  }
  ~LargeSectionsSetAside() {
    for (Section* section : sections_)
      section->setMemLifetime(MemLifetime::Standard);
  }
  LargeSectionsSetAside(const LargeSectionsSetAside&) = delete;
  LargeSectionsSetAside& operator=(const LargeSectionsSetAside&) = delete;

  llvm::ArrayRef<Section*> sections() const { return sections_; }

private:
  llvm::SmallVector<Section*, 3> sections_;
};

/// The blocks of a section, with their offsets from the start of memory for it.
struct SectionLayout {
  explicit SectionLayout(Section& section) {
    for (Block* block : section.blocks())
      blocks.emplace_back(block, 0);
    llvm::sort(blocks, [](const auto& left, const auto& right) {
      return left.first->getAddress() < right.first->getAddress();
    });
    for (auto& [block, offset] : blocks) {
      offset = llvm::jitlink::alignToBlock(size, *block);
      size = offset + block->getSize();
      alignment = std::max(alignment, block->getAlignment());
    }
  }

  void apply(std::byte* memory) const {
    for (auto [block, offset] : blocks) {
      std::byte* place = memory + offset;
      if (!block->isZeroFill()) {
        const llvm::ArrayRef<char> content = block->getContent();
        std::memcpy(place, content.data(), content.size());
        block->setMutableContent({reinterpret_cast<char*>(place), content.size()});
      }
      block->setAddress(llvm::orc::ExecutorAddr::fromPtr(place));
    }
  }

  std::vector<std::pair<Block*, uint64_t>> blocks;
  uint64_t size = 0;
  uint64_t alignment = 1;
};

} // namespace

struct SlabMemoryManager::Piece {
  enum class Kind : uint8_t {
    in_region,     ///< of the slab
    large,         ///< a mapping of its own, which stays writable
    large_constant ///< one that becomes read-only when the link is finalised
  };

  void give_back_to(Slab& slab) const {
    if (kind == Kind::in_region)
      slab.give_back(region, memory);
    else
      slab.large_data().give_back(memory);
  }

  Kind kind;
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
    const std::size_t size = segment.ContentSize + segment.ZeroFillSize, alignment = segment.Alignment.value();
    const Region region = region_of(group);
    llvm::Expected<AddressRange> memory = slab_.allocate(region, size, alignment);
    if (!memory && region != Region::code) return place_behind_slab(memory.takeError(), group, segment);
    if (!memory) return memory.takeError();
    pieces_.push_back({Piece::Kind::in_region, region, group.getMemLifetime(), *memory});
    segment.Addr = llvm::orc::ExecutorAddr::fromPtr(memory->start);
    segment.WorkingMem = reinterpret_cast<char*>(slab_.writable(memory->start));
    return llvm::Error::success();
  }

  /// Gives a section of large variables a mapping of its own.
  llvm::Error place_apart(Section& section) {
    const SectionLayout layout(section);
    const AllocGroup group(section.getMemProt(), section.getMemLifetime());
    llvm::Expected<AddressRange> memory = map_large(group, layout.size, layout.alignment, LargeData::Place::anywhere);
    if (!memory) return memory.takeError();
    layout.apply(memory->start);
    return llvm::Error::success();
  }

  void abandon(OnAbandonedFunction on_abandoned) override { on_abandoned(llvm::Error::success()); }

  void finalize(OnFinalizedFunction on_finalized) override {
    llvm::Expected<DeallocActions> actions = llvm::orc::shared::runFinalizeActions(graph_.allocActions());
    if (!actions) return on_finalized(actions.takeError());
    if (llvm::Error error = protect_constants()) return on_finalized(std::move(error));
    // Memory that only the finalise actions needed can go now.
    give_back([](const Piece& piece) { return piece.lifetime == MemLifetime::Finalize; });
    llvm::erase_if(pieces_, [](const Piece& piece) { return piece.lifetime == MemLifetime::Finalize; });
    auto* kept = new Kept{std::move(*actions), {pieces_.begin(), pieces_.end()}};
    pieces_.clear();
    on_finalized(FinalizedAlloc(llvm::orc::ExecutorAddr::fromPtr(kept)));
  }

private:
  /// `full` says why the slab has no room for the segment.
  llvm::Error place_behind_slab(llvm::Error full, AllocGroup group, BasicLayout::Segment& segment) {
    const std::size_t size = segment.ContentSize + segment.ZeroFillSize;
    llvm::Expected<AddressRange> memory = map_large(group, size, segment.Alignment.value(), LargeData::Place::near);
    if (!memory) {
      llvm::consumeError(memory.takeError());
      return full;
    }
    llvm::consumeError(std::move(full));
    segment.Addr = llvm::orc::ExecutorAddr::fromPtr(memory->start);
    segment.WorkingMem = reinterpret_cast<char*>(memory->start);
    return llvm::Error::success();
  }

  llvm::Expected<AddressRange> map_large(AllocGroup group, std::size_t size, std::size_t alignment,
                                         LargeData::Place place) {
    llvm::Expected<AddressRange> memory = slab_.large_data().allocate(size, alignment, place);
    if (!memory) return memory;
    const auto kind = has(group, MemProt::Write) ? Piece::Kind::large : Piece::Kind::large_constant;
    pieces_.push_back({kind, region_of(group), group.getMemLifetime(), *memory});
    return memory;
  }

  llvm::Error protect_constants() {
    for (const Piece& piece : pieces_)
      if (piece.kind == Piece::Kind::large_constant && piece.lifetime == MemLifetime::Standard)
        if (llvm::Error error = slab_.large_data().protect(piece.memory)) return error;
    return llvm::Error::success();
  }

  /// Newest first, so that each piece is its region's last allocation if no other thread allocated meanwhile.
  template <typename Which> void give_back(Which which) {
    for (const Piece& piece : llvm::reverse(pieces_))
      if (which(piece)) piece.give_back_to(slab_);
  }

  Slab& slab_;
  llvm::jitlink::LinkGraph& graph_;
  llvm::SmallVector<Piece, 4> pieces_;
};

void SlabMemoryManager::allocate(const llvm::jitlink::JITLinkDylib*, llvm::jitlink::LinkGraph& graph,
                                 OnAllocatedFunction on_allocated) {
  auto in_flight = std::make_unique<InFlight>(slab_, graph);
  std::optional<BasicLayout> layout;
  {
    const LargeSectionsSetAside large(graph);
    layout.emplace(graph);
    for (Section* section : large.sections())
      if (llvm::Error error = in_flight->place_apart(*section)) return on_allocated(std::move(error));
  }
  for (auto& [group, segment] : layout->segments())
    if (llvm::Error error = in_flight->place(group, segment)) return on_allocated(std::move(error));
  if (llvm::Error error = layout->apply()) return on_allocated(std::move(error));
  on_allocated(std::move(in_flight));
}

void SlabMemoryManager::deallocate(std::vector<FinalizedAlloc> allocations, OnDeallocatedFunction on_deallocated) {
  llvm::Error errors = llvm::Error::success();
  for (FinalizedAlloc& allocation : llvm::reverse(allocations)) {
    std::unique_ptr<Kept> kept(allocation.release().toPtr<Kept*>());
    errors = llvm::joinErrors(std::move(errors), llvm::orc::shared::runDeallocActions(kept->actions));
    for (const Piece& piece : llvm::reverse(kept->pieces)) {
      if (map_ && piece.region == Region::code) map_->forget(piece.memory);
      piece.give_back_to(slab_);
    }
  }
  on_deallocated(std::move(errors));
}

} // namespace ajit
