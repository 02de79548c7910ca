#include "osr_check.h"
#include "check_placement.h"
#include "osr_late.h"
#include "osr_slots.h"
#include "passed_allocas.h"
#include "poll_flags.h"
#include "runtime_symbols.h"

#include <llvm/ADT/MapVector.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/IR/Module.h>

using namespace llvm;

namespace ajit {
namespace {

FunctionCallee request_function(Module& unit) {
  auto* pointer = PointerType::getUnqual(unit.getContext());
  FunctionCallee callee =
      unit.getOrInsertFunction(osr_request_symbol, pointer, pointer, pointer, Type::getInt32Ty(unit.getContext()));
  auto* function = cast<Function>(callee.getCallee());
  function->addFnAttr(Attribute::Cold);
  function->setDoesNotThrow();
  // Its effect on the poll byte does not matter to the body, whose loads of the byte are atomic.
  function->setMemoryEffects(MemoryEffects::inaccessibleMemOnly());
  return callee;
}

/// The function's call counter, by which the runtime identifies the function.
Constant* counter_of(Module& unit, StringRef function) {
  auto* counter =
      cast<GlobalVariable>(unit.getOrInsertGlobal(counter_symbol(function), Type::getInt32Ty(unit.getContext())));
  counter->setDSOLocal(true);
  return counter;
}

class CheckInserter {
public:
  CheckInserter(Function& body, BasicBlock& entry, const OsrPoints& points, const ValueToValueMapTy& map,
                const OsrCheckRequest& request)
      : body_(body), entry_(entry), points_(points), map_(map), request_(request), unit_(*body.getParent()),
        builder_(body.getContext()), line_(poll_line(unit_)), counter_(counter_of(unit_, request.function)),
        ask_(request_function(unit_)), placement_(body, map) {
    weights_ = MDBuilder(body.getContext()).createBranchWeights(1, 1 << 20);
  }

  void run() {
    allocate_buffer();
    choose_slots();
    for (uint32_t loop = 0; loop != points_.points.size(); ++loop)
      if (wanted(loop)) insert(loop);
    complete_shared_ask();
    if (!slots_.empty()) keep_in_slots(*cast<AllocaInst>(buffer_), slots_);
    // Another body may use them for as long as this frame lives.
    if (can_be_left_)
      for (AllocaInst* alloca : points_.allocas)
        drop_lifetime_markers(*cast<AllocaInst>(mapped(*alloca)));
  }

private:
  bool wanted(uint32_t loop) const {
    return points_.loops[loop].excluded.empty() && !(loop < request_.unchecked.size() && request_.unchecked[loop]);
  }

  Value* mapped(const Value& value) const { return map_.lookup(&value); }

  void allocate_buffer() {
    if (is_late()) return;
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

  void insert(uint32_t loop) {
    const OsrPoint& point = points_.points[loop];
    auto* ask = BasicBlock::Create(body_.getContext(), "osr.ask", &body_);
    if (is_late() && !point.targets.empty()) return insert_at_targets(loop, *ask);
    const bool shares = request_.in_slots && is_in_slots(point);
    CheckPlace place =
        shares ? placement_.split(*cast<BasicBlock>(mapped(*point.header))) : placement_.place(point, request_.tier);
    poll(loop, *place.check, *ask, *place.rest);
    if (shares)
      sharing_.push_back({loop, ask, place.rest});
    else
      this->ask(*place_of(loop), *ask, *place.rest, values_to_store(point, place.on_back_edge ? place.rest : nullptr));
  }

  /// True if every value that is live at the header of `point` is in memory there, on each way to the header.
  bool is_in_slots(const OsrPoint& point) const {
    return point.saved_stacks.empty() && !point.has_labels &&
           all_of(point.values, [&](const OsrValue& live) { return in_slots_.contains(live.value); });
  }

  ConstantInt* place_of(uint32_t loop) { return builder_.getInt32(encode(OsrPlace{loop, request_.tier})); }

  /// At O0 checks with nothing to store share the request too. Each notes which loop it is for. If there is no
  /// continuation, this note also leads back to the loop. A call is dearer to compile than two such notes.
  void complete_shared_ask() {
    if (sharing_.empty()) return;
    const Sharing& last = sharing_.back();
    if (sharing_.size() == 1) return ask(*place_of(last.loop), *last.ask, *last.rest, {});
    builder_.SetInsertPoint(&entry_, entry_.begin());
    AllocaInst* noted = builder_.CreateAlloca(builder_.getInt32Ty(), nullptr, "osr.place");
    auto* shared = BasicBlock::Create(body_.getContext(), "osr.ask", &body_);
    // In this order most of the comparisons fall through to the next.
    SmallVector<BasicBlock*> ways_back;
    for (size_t i = 1; i != sharing_.size(); ++i)
      ways_back.push_back(BasicBlock::Create(body_.getContext(), "osr.stay", &body_));
    ways_back.push_back(last.rest);
    for (auto [i, one] : enumerate(sharing_)) {
      builder_.SetInsertPoint(one.ask);
      builder_.CreateStore(place_of(one.loop), noted);
      builder_.CreateBr(shared);
      if (&one == &last) continue;
      builder_.SetInsertPoint(ways_back[i]);
      Value* is_here = builder_.CreateICmpEQ(builder_.CreateLoad(builder_.getInt32Ty(), noted), place_of(one.loop));
      builder_.CreateCondBr(is_here, one.rest, ways_back[i + 1]);
    }
    builder_.SetInsertPoint(shared);
    ask(*builder_.CreateLoad(builder_.getInt32Ty(), noted), *shared, *ways_back.front(), {});
  }

  /// A check before an indirect jump would keep the code generator from giving each instruction of an interpreter a
  /// jump of its own. So each target of the jump within the loop gets a check, and all of them share one slow path.
  void insert_at_targets(uint32_t loop, BasicBlock& ask) {
    const OsrPoint& point = points_.points[loop];
    auto* stay = BasicBlock::Create(body_.getContext(), "osr.stay", &body_);
    PHINode* from = PHINode::Create(builder_.getInt32Ty(), point.targets.size(), "osr.from", &ask);
    SwitchInst* back = nullptr;
    for (auto [i, target] : enumerate(point.targets)) {
      CheckPlace place = placement_.split(*cast<BasicBlock>(mapped(*target)));
      poll(loop, *place.check, ask, *place.rest);
      ConstantInt* number = builder_.getInt32(static_cast<uint32_t>(i));
      from->addIncoming(number, place.check);
      if (back)
        back->addCase(number, place.rest);
      else
        back = SwitchInst::Create(from, place.rest, point.targets.size(), stay);
    }
    this->ask(*place_of(loop), ask, *stay, values_to_store(point, nullptr));
  }

  bool is_late() const { return request_.tier != Tier::O0; }

  /// Ends `check` with a jump to `ask` if the byte for `loop` is set, and to `rest` if it is not.
  void poll(uint32_t loop, BasicBlock& check, BasicBlock& ask, BasicBlock& rest) {
    builder_.SetInsertPoint(&check);
    builder_.SetCurrentDebugLocation(location(rest));
    const uint32_t byte = poll_byte_index(points_.loops[loop].depth);
    Value* is_set;
    if (is_late()) {
      is_set = create_late_poll(builder_, byte);
    } else {
      Value* address = builder_.CreateConstInBoundsGEP1_32(builder_.getInt8Ty(), line_, byte);
      LoadInst* poll = builder_.CreateAlignedLoad(builder_.getInt8Ty(), address, Align(1), "osr.poll");
      // Relaxed is enough: the byte orders nothing, and the request itself acquires what it returns.
      poll->setAtomic(AtomicOrdering::Monotonic);
      is_set = builder_.CreateICmpNE(poll, builder_.getInt8(0));
    }
    builder_.CreateCondBr(is_set, &ask, &rest, weights_);
  }

  /// Completes `ask`, which leaves the body if there is a continuation, and otherwise goes on at `stay`.
  void ask(Value& place, BasicBlock& ask, BasicBlock& stay, ArrayRef<LateStore> stores) {
    builder_.SetInsertPoint(&ask);
    CallInst* next = builder_.CreateCall(ask_, {line_, counter_, &place}, "osr.next");
    if (body_.hasFnAttribute(Attribute::StrictFP)) next->addFnAttr(Attribute::StrictFP);
    Value* is_none = builder_.CreateIsNull(next);
    if (!is_late() && !next_) create_call();
    if (!is_late() && stores.empty()) {
      next_->addIncoming(next, &ask);
      builder_.CreateCondBr(is_none, &stay, next_->getParent());
      return;
    }
    auto* store = BasicBlock::Create(body_.getContext(), "osr.store", &body_);
    builder_.CreateCondBr(is_none, &stay, store);
    builder_.SetInsertPoint(store);
    if (is_late()) return leave_late(*next, stores);
    store_values(stores);
    next_->addIncoming(next, store);
    builder_.CreateBr(next_->getParent());
  }

  DebugLoc location(BasicBlock& rest) const {
    for (Instruction& instruction : rest)
      if (const DebugLoc& known = instruction.getDebugLoc()) return known;
    return nowhere();
  }

  /// A location for code without a source line. Calls in a function with debug info must have a location.
  DebugLoc nowhere() const {
    DISubprogram* function = body_.getSubprogram();
    return function ? DebugLoc(DILocation::get(body_.getContext(), 0, 0, function)) : DebugLoc();
  }

  Value* address(uint32_t offset) {
    return offset == 0 ? buffer_ : builder_.CreateConstInBoundsGEP1_32(builder_.getInt8Ty(), buffer_, offset);
  }

  /// The value to transfer. If `latch` is not null, the value of a header's phi is its incoming value from `latch`.
  Value* value_at(const OsrPoint& point, const Value& live, BasicBlock* latch) const {
    Value* here = mapped(live);
    auto* phi = dyn_cast<PHINode>(&live);
    return latch && phi && phi->getParent() == point.header ? cast<PHINode>(here)->getIncomingValueForBlock(latch)
                                                            : here;
  }

  /// Decides which values live in the buffer: those for which this is less code than a store in each check.
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

  SmallVector<LateStore> values_to_store(const OsrPoint& point, BasicBlock* latch) {
    SmallVector<LateStore> stores;
    for (const OsrValue& live : point.values)
      if (!in_slots_.contains(live.value)) stores.push_back({value_at(point, *live.value, latch), live.offset});
    if (point.has_labels) {
      if (!labels_) labels_ = label_table(unit_, points_, map_);
      stores.push_back({labels_, points_.labels_offset});
    }
    return stores;
  }

  void store_values(ArrayRef<LateStore> stores) {
    const DataLayout& layout = unit_.getDataLayout();
    for (auto [value, offset] : stores)
      builder_.CreateAlignedStore(value, address(offset),
                                  std::min(layout.getABITypeAlign(value->getType()), Align(osr_buffer_align)));
  }

  SmallVector<Value*> passed_allocas() const {
    SmallVector<Value*> passed;
    for (AllocaInst* alloca : points_.allocas)
      passed.push_back(mapped(*alloca));
    return passed;
  }

  void leave_late(CallInst& next, ArrayRef<LateStore> stores) {
    complete_call(*create_late_leave(builder_, next, points_.buffer_bytes, stores, passed_allocas()));
    can_be_left_ = true;
  }

  /// The call of a continuation, which all checks of the body share.
  void create_call() {
    IRBuilder<>::InsertPointGuard guard(builder_);
    builder_.SetInsertPoint(BasicBlock::Create(body_.getContext(), "osr.leave", &body_));
    builder_.SetCurrentDebugLocation(nowhere());
    next_ = builder_.CreatePHI(builder_.getPtrTy(), points_.points.size());
    SmallVector<Value*> arguments{buffer_};
    append_range(arguments, passed_allocas());
    SmallVector<Type*> types;
    for (Value* argument : arguments)
      types.push_back(argument->getType());
    complete_call(*builder_.CreateCall(FunctionType::get(body_.getReturnType(), types, false), next_, arguments));
    can_be_left_ = true;
  }

  /// Adds the attributes of the body's result to the call of a continuation, and returns the call's result.
  void complete_call(CallInst& call) {
    call.setTailCallKind(CallInst::TCK_NoTail);
    AttrBuilder promised(body_.getContext(), body_.getAttributes().getRetAttrs());
    call.setAttributes(call.getAttributes().addRetAttributes(body_.getContext(), promised));
    if (body_.doesNotThrow()) call.setDoesNotThrow();
    if (body_.hasFnAttribute(Attribute::StrictFP)) call.addFnAttr(Attribute::StrictFP);
    if (call.getType()->isVoidTy())
      builder_.CreateRetVoid();
    else
      builder_.CreateRet(&call);
  }

  Function& body_;
  BasicBlock& entry_;
  const OsrPoints& points_;
  const ValueToValueMapTy& map_;
  const OsrCheckRequest& request_;
  Module& unit_;
  IRBuilder<> builder_;
  Constant* line_;
  Constant* counter_;
  FunctionCallee ask_;
  CheckPlacement placement_;
  MDNode* weights_;
  Value* buffer_ = nullptr;
  /// A check whose request is shared.
  struct Sharing {
    uint32_t loop;
    BasicBlock* ask;
    BasicBlock* rest;
  };
  SmallVector<Sharing> sharing_;
  SmallVector<OsrSlot> slots_;             ///< of the body's values
  SmallPtrSet<const Value*, 32> in_slots_; ///< the same, canonical
  PHINode* next_ = nullptr;                ///< what the call calls; null before the call exists
  bool can_be_left_ = false;
  GlobalVariable* labels_ = nullptr;
};

} // namespace

void insert_osr_checks(Function& body, BasicBlock& entry, const OsrPoints& points, const ValueToValueMapTy& map,
                       const OsrCheckRequest& request) {
  if (none_of(points.loops, [](const LoopFacts& loop) { return loop.excluded.empty(); })) return;
  drop_promises(body);
  CheckInserter(body, entry, points, map, request).run();
}

GlobalVariable* label_table(Module& unit, const OsrPoints& points, const ValueToValueMapTy& map) {
  SmallVector<Constant*> addresses;
  for (BasicBlock* label : points.labels)
    addresses.push_back(BlockAddress::get(cast<BasicBlock>(map.lookup(label))));
  auto* type = ArrayType::get(PointerType::getUnqual(unit.getContext()), addresses.size());
  return new GlobalVariable(unit, type, /*isConstant=*/true, GlobalValue::PrivateLinkage,
                            ConstantArray::get(type, addresses), AJIT_INTERNAL_PREFIX "label_table");
}

void drop_promises(Function& body) {
  for (Attribute::AttrKind kind : {Attribute::Memory, Attribute::NoSync, Attribute::NoFree, Attribute::NoRecurse,
                                   Attribute::WillReturn, Attribute::NoCallback, Attribute::Speculatable})
    body.removeFnAttr(kind);
}

} // namespace ajit
