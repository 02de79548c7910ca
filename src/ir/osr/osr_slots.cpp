#include "osr_slots.h"
#include "osr_points.h"

#include <llvm/ADT/MapVector.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Module.h>

using namespace llvm;

namespace ajit {
namespace {

/// True if the predecessors can store what `phi` gets. Each must go on to the phi's block only, so that no other block
/// sees the store.
bool is_stored_by_predecessors(const PHINode& phi) {
  return all_of(phi.blocks(), [](const BasicBlock* block) {
    auto* branch = dyn_cast<BranchInst>(block->getTerminator());
    return branch && branch->isUnconditional();
  });
}

/// What one block loads from one slot.
struct Loading {
  Instruction* first = nullptr; ///< the load goes before this
  Value* address = nullptr;     ///< once there is a load
  SmallVector<Use*, 2> uses;
};

class SlotKeeper {
public:
  SlotKeeper(AllocaInst& buffer, ArrayRef<OsrSlot> slots)
      : buffer_(buffer), slots_(slots), layout_(buffer.getModule()->getDataLayout()), builder_(buffer.getContext()) {}

  void run() {
    for (const OsrSlot& slot : slots_)
      if (auto* phi = dyn_cast<PHINode>(slot.value); phi && is_stored_by_predecessors(*phi))
        replace_phi(*phi, slot.offset);
      else
        definitions_.push_back({slot.value, slot.offset});
    // Loads are placed once all are known, because after each insertion LLVM computes the order of the block anew.
    for (auto [value, offset] : definitions_)
      collect_loads(*value, offset);
    for (auto& [place, loading] : loads_)
      load(place.second, loading);
    for (auto [value, offset] : definitions_)
      if (!is_loaded_phi_.contains(value)) store_definition(*value, offset);
    store_phis();
  }

private:
  Value* address(uint32_t offset) {
    return offset == 0 ? &buffer_ : builder_.CreateConstInBoundsGEP1_32(builder_.getInt8Ty(), &buffer_, offset);
  }

  Align align_of(Type* type) const { return std::min(layout_.getABITypeAlign(type), Align(osr_buffer_align)); }

  static BasicBlock* block_of(const Use& use) {
    auto* phi = dyn_cast<PHINode>(use.getUser());
    return phi ? phi->getIncomingBlock(use) : cast<Instruction>(use.getUser())->getParent();
  }

  /// Replaces `phi` by a load at the top of its block, if the block uses it. The phi itself only keeps its incoming
  /// values until store_phis().
  void replace_phi(PHINode& phi, uint32_t offset) {
    BasicBlock& block = *phi.getParent();
    if (none_of(phi.uses(), [&](const Use& use) { return block_of(use) == &block; })) {
      phis_.push_back({&phi, offset});
      is_loaded_phi_.insert(&phi);
      definitions_.push_back({&phi, offset});
      return;
    }
    builder_.SetInsertPoint(&block, block.getFirstInsertionPt());
    builder_.SetCurrentDebugLocation(DebugLoc());
    LoadInst* load = builder_.CreateAlignedLoad(phi.getType(), address(offset), align_of(phi.getType()));
    phi.replaceAllUsesWith(load);
    load->takeName(&phi);
    phis_.push_back({&phi, offset});
    is_loaded_phi_.insert(load);
    definitions_.push_back({load, offset});
    // An edge that carries the value on unchanged has nothing to store.
    for (Use& use : phi.incoming_values())
      if (use == load) use.set(&phi);
  }

  void collect_loads(Value& value, uint32_t offset) {
    auto* instruction = dyn_cast<Instruction>(&value);
    BasicBlock* home = instruction ? instruction->getParent() : buffer_.getParent();
    for (Use& use : value.uses()) {
      auto* user = cast<Instruction>(use.getUser());
      BasicBlock* block = block_of(use);
      if (block == home || (user == &value && is_loaded_phi_.contains(&value))) continue;
      Instruction* point = isa<PHINode>(user) ? block->getTerminator() : user;
      Loading& loading = loads_[{block, offset}];
      if (!loading.first || point->comesBefore(loading.first)) loading.first = point;
      loading.uses.push_back(&use);
    }
  }

  void load(uint32_t offset, Loading& loading) {
    Type* type = loading.uses.front()->get()->getType();
    builder_.SetInsertPoint(loading.first);
    loading.address = address(offset);
    LoadInst* load = builder_.CreateAlignedLoad(type, loading.address, align_of(type));
    for (Use* use : loading.uses)
      use->set(load);
  }

  void store_definition(Value& value, uint32_t offset) {
    auto* instruction = dyn_cast<Instruction>(&value);
    if (!instruction)
      builder_.SetInsertPoint(buffer_.getParent(), std::next(buffer_.getIterator()));
    else if (isa<PHINode>(instruction))
      builder_.SetInsertPoint(instruction->getParent(), instruction->getParent()->getFirstInsertionPt());
    else
      builder_.SetInsertPoint(instruction->getParent(), std::next(instruction->getIterator()));
    builder_.CreateAlignedStore(&value, address(offset), align_of(value.getType()));
  }

  /// Stores the incoming values of replaced phis. Comes after all loads, because the phis of a block change together.
  void store_phis() {
    for (auto [phi, offset] : phis_) {
      SmallPtrSet<BasicBlock*, 4> stored;
      for (unsigned i = 0; i != phi->getNumIncomingValues(); ++i) {
        BasicBlock* block = phi->getIncomingBlock(i);
        Value* value = phi->getIncomingValue(i);
        if (value == phi || isa<UndefValue>(value) || !stored.insert(block).second) continue;
        builder_.SetInsertPoint(block->getTerminator());
        auto loaded = loads_.find({block, offset});
        Value* place = loaded != loads_.end() ? loaded->second.address : address(offset);
        builder_.CreateAlignedStore(value, place, align_of(phi->getType()));
      }
    }
    for (auto [phi, offset] : phis_) {
      phi->replaceAllUsesWith(PoisonValue::get(phi->getType()));
      phi->eraseFromParent();
    }
  }

  AllocaInst& buffer_;
  ArrayRef<OsrSlot> slots_;
  const DataLayout& layout_;
  IRBuilder<> builder_;
  SmallVector<std::pair<Value*, uint32_t>> definitions_;
  SmallVector<std::pair<PHINode*, uint32_t>> phis_;
  SmallPtrSet<Value*, 16> is_loaded_phi_;
  MapVector<std::pair<BasicBlock*, uint32_t>, Loading> loads_; ///< by block and offset
};

} // namespace

bool is_cheaper_in_slot(const Value& value, unsigned checks) {
  auto* instruction = dyn_cast<Instruction>(&value);
  if (instruction && instruction->isTerminator()) return false;
  // A value that the fast instruction selector cannot load sends the rest of its block to the slow one. So do integers
  // of 128 bits, but their blocks go there anyway.
  Type* type = value.getType();
  if (type->isX86_FP80Ty() || type->isFP128Ty()) return false;
  if (auto* phi = dyn_cast<PHINode>(&value); phi && is_stored_by_predecessors(*phi)) return true;
  // Selecting a load costs a quarter more than having the register allocator insert it. A store in a check, which takes
  // a load as well, costs as much as four of those quarters. It also keeps the check from sharing its request.
  constexpr unsigned loads_per_check = 12;
  unsigned loads = 0;
  const BasicBlock* home = instruction ? instruction->getParent() : nullptr;
  for (const User* user : value.users())
    if (cast<Instruction>(user)->getParent() != home && ++loads > loads_per_check * checks) return false;
  return true;
}

void keep_in_slots(AllocaInst& buffer, ArrayRef<OsrSlot> slots) { SlotKeeper(buffer, slots).run(); }

} // namespace ajit
