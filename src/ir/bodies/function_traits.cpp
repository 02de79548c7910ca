//===- function_traits.cpp ----------------------------------------------------------------------------------------===//
//
// Label addresses (computed goto): two bodies of one function have different label addresses, so a body may only ever
// see its own. That holds when every address comes straight from a table that this function alone reads, and goes
// straight into an indirectbr. Then each body carries a private copy of the table, and the function changes tier like
// any other. The function keeps its first body
//   - where an address is stored, passed or compared,
//   - where its table is visible elsewhere, or another function holds the address (foreign_labels.h),
//   - where the function jumps to an address that comes from elsewhere.
//
//===-------------------------------------------------------------------------------------------------------------===//
#include "function_traits.h"
#include "debug_info.h"
#include "foreign_labels.h"
#include "module_source.h"
#include "returns_twice.h"
#include "stack_maps.h"

#include <llvm/ADT/SetVector.h>
#include <llvm/Analysis/PostDominators.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/DataLayout.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Operator.h>

using namespace llvm;

namespace ajit {
namespace {

/// True if a value loaded from a label table can reach nothing but an indirectbr.
bool only_jumped_to(const Value& address) {
  SmallVector<const Value*> pending{&address};
  SmallPtrSet<const Value*, 8> seen;
  while (!pending.empty()) {
    const Value* value = pending.pop_back_val();
    if (!seen.insert(value).second) continue;
    for (const User* user : value->users()) {
      if (isa<PHINode, SelectInst>(user))
        pending.push_back(user);
      else if (!isa<IndirectBrInst>(user))
        return false;
    }
  }
  return true;
}

/// True if only `function` loads from `pointer`, which points into a label table, and only to jump.
bool only_read_to_jump(const Value& pointer, const Function& function) {
  for (const User* user : pointer.users()) {
    if (isa<GEPOperator>(user)) {
      if (!only_read_to_jump(*user, function)) return false;
    } else if (auto* load = dyn_cast<LoadInst>(user)) {
      if (load->getFunction() != &function || !only_jumped_to(*load)) return false;
    } else {
      return false;
    }
  }
  return true;
}

/// Walks from a label address up through constants to the global variables that hold it. False if it has other holders.
bool collect_tables(const Constant& constant, const Function& function, SetVector<GlobalVariable*>& tables) {
  for (const User* user : constant.users()) {
    if (auto* table = dyn_cast<GlobalVariable>(user)) {
      tables.insert(const_cast<GlobalVariable*>(table));
    } else if (auto* instruction = dyn_cast<Instruction>(user)) {
      if (instruction->getFunction() != &function) return false;
      if (!isa<IndirectBrInst>(instruction) && !(isa<PHINode, SelectInst>(instruction) && only_jumped_to(*instruction)))
        return false;
    } else if (auto* aggregate = dyn_cast<Constant>(user)) {
      if (!collect_tables(*aggregate, function, tables)) return false;
    } else {
      return false;
    }
  }
  return true;
}

/// True if every address that `function` jumps to comes from its own labels and `tables`.
bool jumps_to_what_it_holds(const Function& function, const SetVector<GlobalVariable*>& tables) {
  SmallVector<const Value*> pending;
  for (const BasicBlock& block : function)
    if (auto* jump = dyn_cast<IndirectBrInst>(block.getTerminator())) pending.push_back(jump->getAddress());
  SmallPtrSet<const Value*, 8> seen;
  while (!pending.empty()) {
    const Value* value = pending.pop_back_val();
    if (!seen.insert(value).second || isa<Constant>(value)) continue;
    if (auto* phi = dyn_cast<PHINode>(value)) {
      append_range(pending, phi->incoming_values());
      continue;
    }
    if (auto* select = dyn_cast<SelectInst>(value)) {
      pending.append({select->getTrueValue(), select->getFalseValue()});
      continue;
    }
    auto* load = dyn_cast<LoadInst>(value);
    if (!load) return false;
    const Value* pointer = load->getPointerOperand();
    while (auto* element = dyn_cast<GEPOperator>(pointer))
      pointer = element->getPointerOperand();
    auto* table = dyn_cast<GlobalVariable>(pointer);
    if (!table || !tables.contains(const_cast<GlobalVariable*>(table))) return false;
  }
  return true;
}

bool holds_labels_of_others(const GlobalVariable& table, const Function& function) {
  SetVector<const BlockAddress*> labels;
  collect_labels(*table.getInitializer(), labels);
  return any_of(labels, [&](const BlockAddress* label) { return label->getFunction() != &function; });
}

/// True if the name says that `table` is a static variable inside `function`, as clang names those of C and C++:
/// nothing else can refer to it.
bool is_static_inside(const GlobalVariable& table, const Function& function) {
  StringRef name = function.getName();
  name = name.take_front(name.rfind('$'));
  if (table.getName().starts_with((name + ".").str())) return true;
  return name.consume_front("_Z") && table.getName().starts_with(("_ZZ" + name + "E").str());
}

void examine_labels(Function& function, FunctionTraits& traits) {
  SetVector<GlobalVariable*> tables;
  for (BasicBlock& block : function) {
    if (!block.hasAddressTaken()) continue;
    BlockAddress* address = BlockAddress::lookup(&block);
    if (address && !collect_tables(*address, function, tables)) traits.pinned = "the address of a label escapes";
  }
  if (any_of(tables, [&](GlobalVariable* table) { return !is_static_inside(*table, function); }))
    read_all_bodies(*function.getParent()); // else they are missing among the users; rare, and O(module)
  for (GlobalVariable* table : tables) {
    traits.label_tables.push_back(table);
    if (!only_read_to_jump(*table, function) || holds_labels_of_others(*table, function))
      traits.pinned = "a table of label addresses is visible outside";
  }
  // If the optimiser has moved the load from a table into a caller, only this test finds it.
  if (traits.pinned.empty() && (labels_are_held_elsewhere(function) || !jumps_to_what_it_holds(function, tables)))
    traits.pinned = "the address of a label escapes";
}

/// A bound on the bytes that an argument of `type` takes in the caller's frame. Aggregates are passed element by
/// element, each in a place of its own. So are vectors that the processor lacks (of i1, below AVX-512).
uint64_t stack_bytes_bound(Type* type, const DataLayout& layout) {
  if (auto* structure = dyn_cast<StructType>(type)) {
    uint64_t bytes = 0;
    for (Type* element : structure->elements())
      bytes += stack_bytes_bound(element, layout);
    return bytes;
  }
  if (auto* array = dyn_cast<ArrayType>(type))
    return array->getNumElements() * stack_bytes_bound(array->getElementType(), layout);
  const uint64_t padding = std::max(layout.getABITypeAlign(type), Align(8)).value() - 8;
  const uint64_t whole = alignTo(layout.getTypeAllocSize(type), Align(8)) + padding;
  auto* vector = dyn_cast<FixedVectorType>(type);
  if (!vector) return whole;
  return std::max(whole, vector->getNumElements() * stack_bytes_bound(vector->getElementType(), layout));
}

uint32_t argument_bytes_bound(const Function& function) {
  const DataLayout& layout = function.getParent()->getDataLayout();
  uint64_t bytes = 0, registers = 0;
  for (const Argument& argument : function.args()) {
    if (argument.hasByValAttr()) {
      const Align align = std::max(argument.getParamAlign().valueOrOne(), Align(16));
      bytes = alignTo(bytes, align) + alignTo(layout.getTypeAllocSize(argument.getParamByValType()), Align(8));
      continue;
    }
    Type* type = argument.getType();
    const bool plain = (type->isIntegerTy() || type->isPointerTy()) && layout.getTypeSizeInBits(type) <= 64;
    if (plain && registers < 6) {
      ++registers;
      continue;
    }
    if ((type->isFloatTy() || type->isDoubleTy()) && function.arg_size() <= 8) continue;
    bytes += stack_bytes_bound(type, layout);
  }
  return static_cast<uint32_t>(std::min<uint64_t>(alignTo(bytes, Align(16)), UINT32_MAX));
}

bool reads_its_frame(const Instruction& instruction) {
  auto* intrinsic = dyn_cast<IntrinsicInst>(&instruction);
  if (!intrinsic) return false;
  switch (intrinsic->getIntrinsicID()) {
  case Intrinsic::returnaddress:
  case Intrinsic::addressofreturnaddress:
  case Intrinsic::frameaddress:
  case Intrinsic::localescape:
  case Intrinsic::eh_dwarf_cfa:
    return true;
  default:
    return false;
  }
}

/// True if the function only stores the address of `variable` and compares it with others. The program then uses the
/// variable for its place in the stack and not for its contents.
bool marks_a_depth(const AllocaInst& variable) {
  bool stored = false, compared = false;
  SmallVector<const Value*, 4> pending{&variable};
  while (!pending.empty()) {
    const Value* address = pending.pop_back_val();
    for (const User* user : address->users()) {
      if (isa<PtrToIntInst>(user))
        pending.push_back(user);
      else if (auto* comparison = dyn_cast<ICmpInst>(user); comparison && comparison->isEquality())
        compared = true;
      else if (auto* store = dyn_cast<StoreInst>(user); store && store->getValueOperand() == address)
        stored = true;
      else if (auto* intrinsic = dyn_cast<IntrinsicInst>(user); !intrinsic || !intrinsic->isLifetimeStartOrEnd())
        return false;
    }
  }
  return stored && compared;
}

bool conventional(const Function& function) {
  CallingConv::ID convention = function.getCallingConv();
  if (convention != CallingConv::C && convention != CallingConv::Fast && convention != CallingConv::Cold) return false;
  if (function.isVarArg() || function.hasFnAttribute(Attribute::Naked)) return false;
  return none_of(function.args(), [](const Argument& argument) {
    return argument.hasInAllocaAttr() || argument.hasPreallocatedAttr() || argument.hasSwiftErrorAttr() ||
           argument.hasAttribute(Attribute::SwiftAsync) || argument.getType()->isScalableTy();
  });
}

/// The blocks that every path from the entry to an exit passes: the entry's post-dominators.
SmallPtrSet<const BasicBlock*, 8> certain_blocks(Function& function) {
  SmallPtrSet<const BasicBlock*, 8> blocks{&function.getEntryBlock()};
  if (function.size() == 1) return blocks;
  PostDominatorTree tree(function);
  for (auto* node = tree.getNode(&function.getEntryBlock()); node && node->getBlock(); node = node->getIDom())
    blocks.insert(node->getBlock());
  return blocks;
}

/// With more bytes, the copy that a timed call makes could overflow a stack that was sized for one frame.
constexpr uint32_t largest_copied_frame = 4096;

constexpr StringLiteral callers_frames = "ajit.callers_frames";
constexpr StringLiteral identified_by_return_address = "ajit-identified-by-return-address";

} // namespace

bool asks_for_its_frame(const Function& function) { return any_of(instructions(function), reads_its_frame); }

bool compares_stack_depths(const Function& function) {
  return any_of(function.getEntryBlock(), [](const Instruction& instruction) {
    auto* variable = dyn_cast<AllocaInst>(&instruction);
    return variable && marks_a_depth(*variable);
  });
}

bool may_ask_for_frames(const Module& module) {
  return module.getFunction("llvm.returnaddress") || module.getFunction("llvm.frameaddress.p0");
}

bool asks_for_callers_frames(const Module& module) { return module.getNamedMetadata(callers_frames); }

bool is_identified_by_return_address(const Function& function) {
  return function.hasFnAttribute(identified_by_return_address);
}

void note_frame_readers(Module& module, const FrameReaders& readers) {
  if (readers.ask_for_callers) module.getOrInsertNamedMetadata(callers_frames);
  for (const std::string& name : readers.callers)
    if (Function* caller = module.getFunction(name)) caller->addFnAttr(identified_by_return_address);
}

bool may_walk_stacks(const Module& module) {
  constexpr StringLiteral walkers[] = {"_Unwind_Backtrace", "backtrace", "dladdr", "dladdr1"};
  return any_of(walkers, [&](StringRef name) { return module.getFunction(name); });
}

FunctionTraits function_traits(Function& function) {
  FunctionTraits traits;
  traits.timeable = conventional(function) && !asks_for_callers_frames(*function.getParent());
  traits.stack_argument_bytes = argument_bytes_bound(function);
  if (traits.stack_argument_bytes > largest_copied_frame) traits.timeable = false;
  if (reads_stack_maps(*function.getParent()) && has_stack_maps(function))
    traits.pinned = "the program reads its stack maps";
  if (function.hasFnAttribute(Attribute::Naked)) traits.pinned = "naked";
  if (function.hasPrologueData()) traits.pinned = "has prologue data of its own";
  traits.compares_stack_depths = compares_stack_depths(function);
  if (traits.compares_stack_depths) { // another body's frame, or a frame of the runtime in between, has another depth
    traits.pinned = "compares depths of the stack";
    traits.timeable = false;
  }
  if (is_identified_by_return_address(function)) traits.pinned = "calls a function that reads its return address";
  examine_labels(function, traits);

  SetVector<Function*> callees;
  for (Instruction& instruction : instructions(function)) {
    ++traits.instructions;
    if (reads_its_frame(instruction)) traits.timeable = false;
    auto* call = dyn_cast<CallBase>(&instruction);
    if (!call) continue;
    if (returns_twice(*call)) traits.calls_returns_twice = true;
    if (call->isMustTailCall()) traits.timeable = false;
    Function* callee = call->getCalledFunction();
    if (callee && callee != &function && !callee->isIntrinsic() &&
        (!callee->isDeclaration() || callee->isMaterializable()))
      callees.insert(callee);
  }
  traits.callees.assign(callees.begin(), callees.end());
  traits.callee_count = static_cast<uint32_t>(traits.callees.size());
  return traits;
}

void find_certain_callees(Function& function, FunctionTraits& traits) {
  if (traits.callees.empty()) return;
  SmallPtrSet<const Function*, 8> reached;
  for (const BasicBlock* block : certain_blocks(function))
    for (const Instruction& instruction : *block)
      if (auto* call = dyn_cast<CallBase>(&instruction))
        if (const Function* callee = call->getCalledFunction()) reached.insert(callee);
  copy_if(traits.callees, std::back_inserter(traits.certain_callees),
          [&](Function* callee) { return reached.contains(callee); });
}

} // namespace ajit
