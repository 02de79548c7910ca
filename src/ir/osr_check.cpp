#include "osr_check.h"
#include "osr_slots.h"
#include "passed_allocas.h"
#include "poll_flags.h"

#include <llvm/ADT/MapVector.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/IR/Module.h>

using namespace llvm;

namespace ajit {
namespace {

Constant* poll_line(Module& unit) {
  auto* line = ArrayType::get(Type::getInt8Ty(unit.getContext()), 64);
  auto* poll = cast<GlobalVariable>(unit.getOrInsertGlobal(osr_poll_symbol, line));
  poll->setDSOLocal(true);
  poll->setAlignment(Align(64));
  return poll;
}

FunctionCallee request_function(Module& unit) {
  auto* pointer = PointerType::getUnqual(unit.getContext());
  FunctionCallee callee =
      unit.getOrInsertFunction(osr_request_symbol, pointer, pointer, Type::getInt64Ty(unit.getContext()));
  auto* function = cast<Function>(callee.getCallee());
  function->addFnAttr(Attribute::Cold);
  function->setDoesNotThrow();
  // What it does to the poll byte is of no interest to the body: its loads of it are atomic.
  function->setMemoryEffects(MemoryEffects::inaccessibleMemOnly());
  return callee;
}

class CheckInserter {
public:
  CheckInserter(Function& body, BasicBlock& entry, const OsrPoints& points, const ValueToValueMapTy& map,
                const OsrCheckRequest& request)
      : body_(body), entry_(entry), points_(points), map_(map), request_(request), unit_(*body.getParent()),
        builder_(body.getContext()), line_(poll_line(unit_)), ask_(request_function(unit_)) {
    weights_ = MDBuilder(body.getContext()).createBranchWeights(1, 1 << 20);
  }

  void run() {
    allocate_buffer();
    choose_slots();
    for (uint32_t loop = 0; loop != points_.points.size(); ++loop)
      if (wanted(loop)) insert(loop);
    if (!slots_.empty()) keep_in_slots(*cast<AllocaInst>(buffer_), slots_);
    // Another body may use them for as long as this frame lives.
    if (next_)
      for (AllocaInst* alloca : points_.allocas)
        drop_lifetime_markers(*cast<AllocaInst>(mapped(*alloca)));
  }

private:
  bool wanted(uint32_t loop) const {
    return points_.loops[loop].excluded.empty() && !(loop < request_.unchecked.size() && request_.unchecked[loop]);
  }

  Value* mapped(const Value& value) const { return map_.lookup(&value); }

  void allocate_buffer() {
    if (points_.buffer_bytes == 0) {
      buffer_ = ConstantPointerNull::get(builder_.getPtrTy());
      return;
    }
    builder_.SetInsertPoint(&entry_, entry_.begin());
    AllocaInst* buffer =
        builder_.CreateAlloca(ArrayType::get(builder_.getInt8Ty(), points_.buffer_bytes), nullptr, "osr.buffer");
    buffer->setAlignment(Align(osr_buffer_align));
    buffer_ = buffer;
  }

  /// Where a check goes.
  struct Place {
    BasicBlock* check;         ///< has no terminator yet
    BasicBlock* rest;          ///< where to go on
    bool on_back_edge = false; ///< `rest` jumps to the header, whose phis have not got their next values yet
  };

  Place place(const OsrPoint& point) {
    auto* header = cast<BasicBlock>(mapped(*point.header));
    if (request_.tier == Tier::O0) {
      auto* body = point.body ? cast<BasicBlock>(mapped(*point.body)) : nullptr;
      if (body && body->getSinglePredecessor()) return split(*body);
    } else if (all_of(point.latches, ends_in_jump)) {
      return split_back_edge(*header, point);
    }
    return split(*header);
  }

  static bool ends_in_jump(const BasicBlock* block) {
    auto* branch = dyn_cast<BranchInst>(block->getTerminator());
    return branch && branch->isUnconditional();
  }

  Place split(BasicBlock& block) {
    BasicBlock* rest = block.splitBasicBlock(block.getFirstNonPHIIt(), "osr.rest");
    block.getTerminator()->eraseFromParent();
    ends_.try_emplace(&block, rest);
    return {&block, rest};
  }

  /// The block that `block` ends in, which an earlier check may have split.
  BasicBlock* end_of(BasicBlock* block) const {
    while (BasicBlock* end = ends_.lookup(block))
      block = end;
    return block;
  }

  Place split_back_edge(BasicBlock& header, const OsrPoint& point) {
    SmallVector<BasicBlock*, 2> latches;
    for (BasicBlock* latch : point.latches)
      latches.push_back(end_of(cast<BasicBlock>(mapped(*latch))));
    BasicBlock* check = latches.front();
    auto* rest = BasicBlock::Create(body_.getContext(), "osr.rest", &body_, &header);
    rest->moveAfter(latches.back());
    if (latches.size() > 1) {
      check = BasicBlock::Create(body_.getContext(), "osr.latch", &body_, rest);
      builder_.SetInsertPoint(check);
    }
    for (PHINode& phi : header.phis()) {
      Value* next = phi.getIncomingValueForBlock(latches.front());
      if (latches.size() > 1) {
        PHINode* merged = builder_.CreatePHI(phi.getType(), latches.size());
        for (BasicBlock* latch : latches)
          merged->addIncoming(phi.getIncomingValueForBlock(latch), latch);
        next = merged;
      }
      for (BasicBlock* latch : latches)
        phi.removeIncomingValue(latch, /*DeletePHIIfEmpty=*/false);
      phi.addIncoming(next, rest);
    }
    latches.front()->getTerminator()->moveBefore(*rest, rest->end());
    if (latches.size() > 1) {
      BranchInst::Create(check, latches.front());
      for (BasicBlock* latch : drop_begin(latches))
        latch->getTerminator()->setSuccessor(0, check);
    }
    return {check, rest, true};
  }

  void insert(uint32_t loop) {
    const OsrPoint& point = points_.points[loop];
    Place place = this->place(point);
    BasicBlock* rest = place.rest;
    auto* ask = BasicBlock::Create(body_.getContext(), "osr.ask", &body_);
    auto* store = BasicBlock::Create(body_.getContext(), "osr.store", &body_);
    builder_.SetInsertPoint(place.check);
    builder_.SetCurrentDebugLocation(location(*rest));
    Value* byte =
        builder_.CreateConstInBoundsGEP1_32(builder_.getInt8Ty(), line_, poll_byte_index(points_.loops[loop].depth));
    LoadInst* poll = builder_.CreateAlignedLoad(builder_.getInt8Ty(), byte, Align(1), "osr.poll");
    // Relaxed is enough: the byte orders nothing, and the request itself acquires what it returns.
    poll->setAtomic(AtomicOrdering::Monotonic);
    builder_.CreateCondBr(builder_.CreateICmpNE(poll, builder_.getInt8(0)), ask, rest, weights_);

    builder_.SetInsertPoint(ask);
    CallInst* next =
        builder_.CreateCall(ask_, {line_, builder_.getInt64(osr_place(request_.id, loop, request_.tier))}, "osr.next");
    if (body_.hasFnAttribute(Attribute::StrictFP)) next->addFnAttr(Attribute::StrictFP);
    builder_.CreateCondBr(builder_.CreateIsNull(next), rest, store);
    builder_.SetInsertPoint(store);
    store_values(point, place.on_back_edge ? rest : nullptr);
    leave(*next);
  }

  DebugLoc location(BasicBlock& rest) const {
    for (Instruction& instruction : rest)
      if (const DebugLoc& known = instruction.getDebugLoc()) return known;
    return nowhere();
  }

  /// For code that is nobody's. Calls in a function with debug info must have a location.
  DebugLoc nowhere() const {
    DISubprogram* function = body_.getSubprogram();
    return function ? DebugLoc(DILocation::get(body_.getContext(), 0, 0, function)) : DebugLoc();
  }

  Value* address(uint32_t offset) {
    return offset == 0 ? buffer_ : builder_.CreateConstInBoundsGEP1_32(builder_.getInt8Ty(), buffer_, offset);
  }

  /// The value to transfer: of the header's phis, what they get from `latch` if that is not null.
  Value* value_at(const OsrPoint& point, const Value& live, BasicBlock* latch) const {
    Value* here = mapped(live);
    auto* phi = dyn_cast<PHINode>(&live);
    return latch && phi && phi->getParent() == point.header ? cast<PHINode>(here)->getIncomingValueForBlock(latch)
                                                            : here;
  }

  /// Decides which values live in the buffer: those for which that is less code than storing them in each check.
  void choose_slots() {
    if (!request_.in_slots) return;
    MapVector<const Value*, std::pair<uint32_t, unsigned>> candidates; ///< offset, number of checks
    for (uint32_t loop = 0; loop != points_.points.size(); ++loop)
      if (wanted(loop))
        for (const OsrValue& live : points_.points[loop].values) {
          auto& [offset, checks] = candidates[live.value];
          offset = live.offset;
          ++checks;
        }
    for (const auto& [value, candidate] : candidates)
      if (Value* here = mapped(*value); is_cheaper_in_slot(*here, candidate.second)) {
        slots_.push_back({here, candidate.first});
        in_slots_.insert(value);
      }
  }

  void store_values(const OsrPoint& point, BasicBlock* latch) {
    const DataLayout& layout = unit_.getDataLayout();
    for (const OsrValue& live : point.values) {
      if (in_slots_.contains(live.value)) continue;
      Align align = std::min(layout.getABITypeAlign(live.value->getType()), Align(osr_buffer_align));
      builder_.CreateAlignedStore(value_at(point, *live.value, latch), address(live.offset), align);
    }
    if (point.has_labels) {
      if (!labels_) labels_ = label_table(unit_, points_, map_);
      builder_.CreateAlignedStore(labels_, address(points_.labels_offset), Align(8));
    }
  }

  /// Goes to the call of `next`, which all checks of the body share.
  void leave(CallInst& next) {
    if (!next_) create_call();
    next_->addIncoming(&next, builder_.GetInsertBlock());
    builder_.CreateBr(next_->getParent());
  }

  void create_call() {
    IRBuilder<>::InsertPointGuard guard(builder_);
    builder_.SetInsertPoint(BasicBlock::Create(body_.getContext(), "osr.leave", &body_));
    builder_.SetCurrentDebugLocation(nowhere());
    next_ = builder_.CreatePHI(builder_.getPtrTy(), points_.points.size());
    SmallVector<Value*> arguments{buffer_};
    SmallVector<Type*> types{buffer_->getType()};
    for (AllocaInst* alloca : points_.allocas) {
      arguments.push_back(mapped(*alloca));
      types.push_back(alloca->getType());
    }
    Type* result = body_.getReturnType();
    CallInst* call = builder_.CreateCall(FunctionType::get(result, types, false), next_, arguments);
    call->setTailCallKind(CallInst::TCK_NoTail);
    call->setAttributes(
        AttributeList::get(body_.getContext(), AttributeSet(), body_.getAttributes().getRetAttrs(), {}));
    if (body_.doesNotThrow()) call->setDoesNotThrow();
    if (body_.hasFnAttribute(Attribute::StrictFP)) call->addFnAttr(Attribute::StrictFP);
    if (result->isVoidTy())
      builder_.CreateRetVoid();
    else
      builder_.CreateRet(call);
  }

  Function& body_;
  BasicBlock& entry_;
  const OsrPoints& points_;
  const ValueToValueMapTy& map_;
  const OsrCheckRequest& request_;
  Module& unit_;
  IRBuilder<> builder_;
  Constant* line_;
  FunctionCallee ask_;
  MDNode* weights_;
  Value* buffer_ = nullptr;
  SmallVector<OsrSlot> slots_;              ///< of the body's values
  SmallPtrSet<const Value*, 32> in_slots_;  ///< the same, canonical
  PHINode* next_ = nullptr;                 ///< what the call calls; null until there is one
  DenseMap<BasicBlock*, BasicBlock*> ends_; ///< from split blocks to their later parts
  GlobalVariable* labels_ = nullptr;
};

} // namespace

void insert_osr_checks(Function& body, BasicBlock& entry, const OsrPoints& points, const ValueToValueMapTy& map,
                       const OsrCheckRequest& request) {
  if (none_of(points.loops, [](const LoopTraits& loop) { return loop.excluded.empty(); })) return;
  drop_promises(body);
  CheckInserter(body, entry, points, map, request).run();
}

GlobalVariable* label_table(Module& unit, const OsrPoints& points, const ValueToValueMapTy& map) {
  SmallVector<Constant*> addresses;
  for (BasicBlock* label : points.labels)
    addresses.push_back(BlockAddress::get(cast<BasicBlock>(map.lookup(label))));
  auto* type = ArrayType::get(PointerType::getUnqual(unit.getContext()), addresses.size());
  return new GlobalVariable(unit, type, /*isConstant=*/true, GlobalValue::PrivateLinkage,
                            ConstantArray::get(type, addresses), "osr.labels");
}

void drop_promises(Function& body) {
  for (Attribute::AttrKind kind : {Attribute::Memory, Attribute::NoSync, Attribute::NoFree, Attribute::NoRecurse,
                                   Attribute::WillReturn, Attribute::NoCallback, Attribute::Speculatable})
    body.removeFnAttr(kind);
}

} // namespace ajit
