#include "continuation.h"
#include "error.h"
#include "loop_evolution.h"
#include "loop_nest_clone.h"
#include "osr_check.h"
#include "reaching_variables.h"
#include "ssa_repair.h"
#include "unit_marks.h"

#include <llvm/ADT/DepthFirstIterator.h>
#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/IR/DebugProgramInstruction.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/MDBuilder.h>
#include <llvm/IR/Module.h>
#include <llvm/Transforms/Utils/BasicBlockUtils.h>

using namespace llvm;

namespace ajit {
namespace {

/// Gives `load`, which replaces `argument`, the promises of the argument's attributes as metadata.
void copy_promises(const Argument& argument, LoadInst& load) {
  LLVMContext& context = load.getContext();
  MDNode* nothing = MDNode::get(context, {});
  auto number = [&](uint64_t value) {
    return MDNode::get(context, ConstantAsMetadata::get(ConstantInt::get(Type::getInt64Ty(context), value)));
  };
  if (argument.hasAttribute(Attribute::NoUndef)) load.setMetadata(LLVMContext::MD_noundef, nothing);
  if (!argument.getType()->isPointerTy()) return;
  uint64_t bytes = argument.getDereferenceableBytes();
  if (argument.hasByValAttr())
    bytes = argument.getParent()->getParent()->getDataLayout().getTypeAllocSize(argument.getParamByValType());
  if (argument.hasNonNullAttr() || argument.hasByValAttr()) load.setMetadata(LLVMContext::MD_nonnull, nothing);
  if (MaybeAlign align = argument.getParamAlign()) load.setMetadata(LLVMContext::MD_align, number(align->value()));
  if (bytes != 0) load.setMetadata(LLVMContext::MD_dereferenceable, number(bytes));
  if (uint64_t unless_null = argument.getDereferenceableOrNullBytes())
    load.setMetadata(LLVMContext::MD_dereferenceable_or_null, number(unless_null));
}

/// Loads the value that the check stored for `live`.
LoadInst* load(IRBuilder<>& builder, Argument& buffer, const OsrValue& live) {
  Type* type = live.value->getType();
  Value* address = builder.CreateConstInBoundsGEP1_32(builder.getInt8Ty(), &buffer, live.offset);
  const DataLayout& layout = buffer.getParent()->getParent()->getDataLayout();
  Align align = std::min(layout.getABITypeAlign(type), Align(osr_buffer_align));
  LoadInst* loaded = builder.CreateAlignedLoad(type, address, align, live.value->getName());
  if (auto* argument = dyn_cast<Argument>(live.value)) copy_promises(*argument, *loaded);
  return loaded;
}

/// Gives the load of an integer the range that the loops imply. LLVM can no longer see that an index counts up from
/// zero, and without the range cannot tell that two places of an array differ.
void state_range(ScalarEvolution& evolution, Value& live, LoadInst& load) {
  auto* type = dyn_cast<IntegerType>(live.getType());
  if (!type || type->getBitWidth() == 1 || type->getBitWidth() > 64) return;
  const SCEV* expression = evolution.getSCEV(&live);
  ConstantRange range = evolution.getSignedRange(expression).intersectWith(evolution.getUnsignedRange(expression));
  if (range.isFullSet() || range.isEmptySet()) return;
  load.setMetadata(LLVMContext::MD_range, MDBuilder(load.getContext()).createRange(range.getLower(), range.getUpper()));
}

SmallVector<BasicBlock*> unreachable_blocks(Function& function) {
  df_iterator_default_set<BasicBlock*, 32> reachable;
  for (BasicBlock* block : depth_first_ext(&function, reachable))
    static_cast<void>(block); // the iterator adds it to the set
  SmallVector<BasicBlock*> result;
  for (BasicBlock& block : function)
    if (!reachable.contains(&block)) result.push_back(&block);
  return result;
}

/// Redirects the edges from `dead` blocks to others to a new block, and adds that block to `dead`. The instructions of
/// dead blocks stay, because they still have uses.
void detach(SmallVectorImpl<BasicBlock*>& dead, Function& function) {
  SmallPtrSet<BasicBlock*, 32> known(dead.begin(), dead.end());
  auto* nowhere = BasicBlock::Create(function.getContext(), "nowhere", &function);
  new UnreachableInst(function.getContext(), nowhere);
  for (BasicBlock* block : dead) {
    Instruction* terminator = block->getTerminator();
    for (unsigned i = 0; i != terminator->getNumSuccessors(); ++i) {
      BasicBlock* successor = terminator->getSuccessor(i);
      if (known.contains(successor)) continue;
      successor->removePredecessor(block, /*KeepOneInputPHIs=*/true);
      terminator->setSuccessor(i, nowhere);
    }
  }
  dead.push_back(nowhere);
}

/// Deletes `dead` blocks. Fails if an instruction that stays uses one of their values.
Error remove(ArrayRef<BasicBlock*> dead) {
  SmallPtrSet<const BasicBlock*, 32> known(dead.begin(), dead.end());
  for (const BasicBlock* block : dead)
    for (const Instruction& instruction : *block)
      for (const User* user : instruction.users())
        if (!known.contains(cast<Instruction>(user)->getParent()))
          return make_error("on-stack replacement: a value that is used after the loop's header was not transferred");
  DeleteDeadBlocks(dead);
  return Error::success();
}

} // namespace

ContinuationBuilder::ContinuationBuilder(Function& canonical, const OsrPoints& points, const OsrPoint& point,
                                         Module& unit, StringRef name, PointerFlow::BodyOf body_of)
    : canonical_(canonical), points_(points), point_(point), unit_(unit), name_(name), body_of_(body_of) {
  // A function with label addresses cannot be inlined.
  if (points_.labels.empty()) objects_ = known_objects(canonical_, point_, body_of_);
  function_ = create_function();
  entered_from_ = entry_ = BasicBlock::Create(unit.getContext(), "osr.entry", function_);
  load_values();
}

/// If there are objects, pointers to them are arguments that follow the allocas.
Function* ContinuationBuilder::create_function() {
  SmallVector<Type*> types{PointerType::getUnqual(unit_.getContext())};
  for (AllocaInst* alloca : points_.allocas)
    types.push_back(alloca->getType());
  for (const auto& pointers : objects_)
    types.push_back(pointers.front()->value->getType());
  auto* type = FunctionType::get(canonical_.getReturnType(), types, /*isVarArg=*/false);
  if (objects_.empty()) return Function::Create(type, GlobalValue::ExternalLinkage, name_, &unit_);
  return Function::Create(type, GlobalValue::InternalLinkage, name_ + ".inlined", &unit_);
}

/// Adds the function that checks call. It loads the pointers to the objects and calls the function built so far.
void ContinuationBuilder::hand_over_objects() {
  if (objects_.empty()) return;
  FunctionType* inner = function_->getFunctionType();
  auto* type =
      FunctionType::get(inner->getReturnType(), inner->params().drop_back(objects_.size()), /*isVarArg=*/false);
  Function* outer = Function::Create(type, GlobalValue::ExternalLinkage, name_, &unit_);
  outer->copyAttributesFrom(function_);
  outer->setLinkage(GlobalValue::ExternalLinkage);
  outer->setSubprogram(function_->getSubprogram());
  function_->setSubprogram(nullptr);
  function_->removeFnAttr(Attribute::NoInline);
  function_->addFnAttr(Attribute::AlwaysInline);
  IRBuilder<> builder(BasicBlock::Create(unit_.getContext(), "osr.objects", outer));
  SmallVector<Value*> arguments(make_pointer_range(outer->args()));
  for (const auto& pointers : objects_)
    arguments.push_back(load(builder, *outer->getArg(0), *pointers.front()));
  for (unsigned i = type->getNumParams(); i != inner->getNumParams(); ++i)
    function_->addParamAttr(i, Attribute::NoAlias);
  CallInst* call = builder.CreateCall(function_, arguments);
  call->setAttributes(AttributeList::get(unit_.getContext(), {}, function_->getAttributes().getRetAttrs(), {}));
  if (function_->hasFnAttribute(Attribute::StrictFP)) call->addFnAttr(Attribute::StrictFP);
  if (type->getReturnType()->isVoidTy())
    builder.CreateRetVoid();
  else
    builder.CreateRet(call);
}

void ContinuationBuilder::load_values() {
  IRBuilder<> builder(entry_);
  Argument* buffer = function_->getArg(0);
  buffer->setName("osr.buffer");
  LoopEvolution loops(canonical_);
  for (const OsrValue& live : point_.values) {
    LoadInst* value = load(builder, *buffer, live);
    state_range(loops.evolution(), *live.value, *value);
    entering_[live.value] = value;
  }
  for (auto [i, pointers] : enumerate(objects_)) {
    Argument* argument = function_->getArg(static_cast<unsigned>(1 + points_.allocas.size() + i));
    Value* first = entering_[pointers.front()->value];
    for (const OsrValue* pointer : pointers) {
      // The first one gets an instruction as well, because repair() needs instructions.
      Value* loaded = entering_[pointer->value];
      Value* distance =
          loaded == first ? builder.getInt64(0) : builder.CreatePtrDiff(builder.getInt8Ty(), loaded, first);
      auto* based = GetElementPtrInst::Create(builder.getInt8Ty(), argument, distance, "", entry_);
      based->takeName(loaded);
      entering_[pointer->value] = based;
    }
    if (first->use_empty()) cast<Instruction>(first)->eraseFromParent();
  }
  for (Instruction* saved : point_.saved_stacks)
    entering_[saved] = builder.CreateStackSave();
}

void ContinuationBuilder::map_arguments(ValueToValueMapTy& map) {
  for (Argument& argument : canonical_.args()) {
    Value* entering = entering_.lookup(&argument);
    map[&argument] = entering ? entering : PoisonValue::get(argument.getType());
  }
}

void ContinuationBuilder::set_attributes() {
  drop_promises(*function_);
  for (Attribute::AttrKind kind :
       {Attribute::AlwaysInline, Attribute::AllocKind, Attribute::AllocSize, Attribute::Cold, Attribute::JumpTable})
    function_->removeFnAttr(kind);
  function_->removeFnAttr("alloc-family");
  function_->setCallingConv(CallingConv::C);
  function_->setPrefixData(nullptr);
  function_->setPrologueData(nullptr);
  AttrBuilder buffer(function_->getContext());
  buffer.addAttribute(Attribute::NoUndef);
  if (points_.buffer_bytes != 0) {
    buffer.addAttribute(Attribute::NoAlias);
    buffer.addAlignmentAttr(Align(osr_buffer_align));
    buffer.addDereferenceableAttr(points_.buffer_bytes);
  }
  function_->addParamAttrs(0, buffer);
}

Value* ContinuationBuilder::take_over(AllocaInst& alloca, AllocaTreatment treatment, Argument& address) {
  const DataLayout& layout = function_->getParent()->getDataLayout();
  std::optional<TypeSize> size = alloca.getAllocationSize(layout);
  AttrBuilder attributes(function_->getContext());
  attributes.addAttribute(Attribute::NonNull).addAttribute(Attribute::NoUndef).addAlignmentAttr(alloca.getAlign());
  if (size && !size->isScalable()) attributes.addDereferenceableAttr(size->getFixedValue());
  if (treatment == AllocaTreatment::pass_unshared) attributes.addAttribute(Attribute::NoAlias);
  attributes.addAttribute(passed_alloca_attribute);
  function_->addParamAttrs(address.getArgNo(), attributes);
  if (treatment != AllocaTreatment::fresh) drop_lifetime_markers(alloca);
  if (treatment == AllocaTreatment::pass || treatment == AllocaTreatment::pass_unshared) return &address;
  constexpr uint64_t cache_line = 64;
  IRBuilder<> builder(entry_, entry_->begin());
  AllocaInst* made = builder.CreateAlloca(alloca.getAllocatedType(), alloca.getAddressSpace(),
                                          alloca.isArrayAllocation() ? alloca.getArraySize() : nullptr);
  made->setAlignment(size->getFixedValue() < cache_line ? alloca.getAlign()
                                                        : std::max(alloca.getAlign(), Align(cache_line)));
  if (treatment == AllocaTreatment::fresh) return made;
  builder.SetInsertPoint(entry_);
  builder.CreateMemCpy(made, made->getAlign(), &address, alloca.getAlign(), size->getFixedValue());
  return made;
}

void ContinuationBuilder::take_over_allocas(ValueToValueMapTy& map) {
  SmallVector<AllocaTreatment> treatments = alloca_treatments(canonical_, point_, body_of_);
  for (auto [i, alloca] : enumerate(points_.allocas)) {
    auto* clone = cast<AllocaInst>(map.lookup(alloca));
    const auto* used = find(point_.allocas, alloca);
    // The call that serves all points still passes an alloca that is not used from here on.
    Value* replacement = ConstantPointerNull::get(cast<PointerType>(clone->getType()));
    if (used != point_.allocas.end()) {
      AllocaTreatment treatment = treatments[used - point_.allocas.begin()];
      replacement = take_over(*clone, treatment, *function_->getArg(static_cast<unsigned>(i) + 1));
      replacement->takeName(clone);
    } else {
      drop_lifetime_markers(*clone);
    }
    clone->replaceAllUsesWith(replacement);
  }
}

/// A label has the same index in the label table of the body that is left as in our own table. So this looks up each
/// live label address in their table and takes ours at the same index.
void ContinuationBuilder::translate_labels(ValueToValueMapTy& map) {
  if (!point_.has_labels) return;
  GlobalVariable* ours = label_table(*function_->getParent(), points_, map);
  IRBuilder<> builder(entry_);
  Type* pointer = builder.getPtrTy();
  Value* theirs = builder.CreateAlignedLoad(
      pointer, builder.CreateConstInBoundsGEP1_32(builder.getInt8Ty(), function_->getArg(0), points_.labels_offset),
      Align(8));
  for (const OsrValue& live : point_.values) {
    if (!live.is_label) continue;
    auto* search = BasicBlock::Create(builder.getContext(), "osr.label", function_);
    auto* found = BasicBlock::Create(builder.getContext(), "osr.labelled", function_);
    BasicBlock* before = builder.GetInsertBlock();
    builder.CreateBr(search);
    builder.SetInsertPoint(search);
    PHINode* index = builder.CreatePHI(builder.getInt64Ty(), 2);
    index->addIncoming(builder.getInt64(points_.labels.size() - 1), before);
    index->addIncoming(builder.CreateSub(index, builder.getInt64(1)), search);
    Value* known = builder.CreateAlignedLoad(pointer, builder.CreateInBoundsGEP(pointer, theirs, index), Align(8));
    // A value that is not set yet on this path is not in their table: any label will do.
    Value* done = builder.CreateOr(builder.CreateICmpEQ(known, entering_[live.value]),
                                   builder.CreateICmpEQ(index, builder.getInt64(0)));
    builder.CreateCondBr(done, found, search);
    builder.SetInsertPoint(found);
    entering_[live.value] =
        builder.CreateAlignedLoad(pointer, builder.CreateInBoundsGEP(pointer, ours, index), Align(8));
  }
  entered_from_ = builder.GetInsertBlock();
}

void ContinuationBuilder::enter(ValueToValueMapTy& map, const LoopNestCopies& nest) {
  BranchInst::Create(nest.entered, entered_from_);
  for (PHINode& canonical : point_.header->phis()) {
    Value* phi = map.lookup(&canonical);
    if (!nest.copies.empty()) phi = nest.copies.front()->lookup(phi);
    Value* entering = entering_.lookup(&canonical);
    cast<PHINode>(phi)->addIncoming(entering ? entering : PoisonValue::get(canonical.getType()), entered_from_);
  }
}

void ContinuationBuilder::repair(ValueToValueMapTy& map, const LoopNestCopies& nest) {
  DenseMap<const Instruction*, Instruction*> entering;
  SmallVector<Instruction*> variables;
  auto add = [&](Value* live) {
    auto* original = dyn_cast<Instruction>(live);
    // enter() gives the header's phis their values.
    if (!original || (isa<PHINode>(original) && original->getParent() == point_.header)) return;
    auto* cloned = cast<Instruction>(map.lookup(original));
    entering[cloned] = cast<Instruction>(entering_.lookup(original));
    variables.push_back(cloned);
  };
  for (const OsrValue& live : point_.values)
    add(live.value);
  for (Instruction* saved : point_.saved_stacks)
    add(saved);
  if (!nest.copies.empty())
    for (BasicBlock& block : *function_)
      if (nest.copies.back()->count(&block))
        for (Instruction& instruction : block)
          if (!instruction.use_empty() && !entering.contains(&instruction)) variables.push_back(&instruction);

  DominatorTree dominators(*function_);
  for (Instruction* variable : variables) {
    SmallVector<Instruction*, 4> definitions{variable};
    for (const auto& copy : nest.copies)
      if (Value* copied = copy->lookup(variable)) definitions.push_back(cast<Instruction>(copied));
    if (Instruction* entered = entering.lookup(variable)) definitions.push_back(entered);
    repair_uses(definitions, dominators);
  }
}

void ContinuationBuilder::show_variables(ArrayRef<DbgVariableRecord*> variables, const ValueToValueMapTy& map,
                                         ArrayRef<BasicBlock*> dead) {
  DenseMap<const Value*, Value*> entering;
  for (const OsrValue& live : point_.values)
    entering[map.lookup(live.value)] = entering_.lookup(live.value);
  for (DbgVariableRecord* variable : variables) {
    if (variable->isDbgDeclare() && !is_contained(dead, variable->getParent())) continue;
    Value* place = variable->getVariableLocationOp(0);
    if (Value* entered = entering.lookup(place)) place = entered;
    auto* instruction = dyn_cast<Instruction>(place);
    bool is_here = !instruction || instruction->getParent() == entry_ || instruction->getParent() == entered_from_;
    bool is_set = !isa<UndefValue>(place) && !(variable->isDbgDeclare() && isa<Constant>(place));
    if (!is_here || !is_set) continue;
    DbgVariableRecord* shown = variable->clone();
    shown->replaceVariableLocationOp(0u, place);
    entered_from_->insertDbgRecordBefore(shown, entered_from_->getTerminator()->getIterator());
  }
}

Error ContinuationBuilder::finish(ValueToValueMapTy& map) {
  set_attributes();
  take_over_allocas(map);
  translate_labels(map);
  // While the nest is examined, the function must begin where the canonical one does.
  entry_->moveAfter(&function_->back());
  SmallVector<DbgVariableRecord*> variables = reaching_variables(*cast<BasicBlock>(map.lookup(point_.header)));
  LoopNestCopies nest = clone_loop_nest(*function_, *cast<BasicBlock>(map.lookup(point_.header)));
  entry_->moveBefore(&function_->front());
  enter(map, nest);
  SmallVector<BasicBlock*> dead = unreachable_blocks(*function_);
  show_variables(variables, map, dead);
  detach(dead, *function_);
  repair(map, nest);
  if (Error error = remove(dead)) return error;
  hand_over_objects();
  return Error::success();
}

} // namespace ajit
