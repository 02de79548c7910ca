#include "pointer_flow.h"

#include <llvm/ADT/STLExtras.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>
#include <llvm/TargetParser/Triple.h>
#include <llvm/Transforms/Utils/BuildLibCalls.h>

using namespace llvm;

namespace ajit {
namespace {

/// A std::vector's constructor is nine calls deep. A walk beyond these limits would hold up the continuation.
constexpr unsigned deepest = 24, most_uses = 20000;

/// True if comparisons of `pointer` are with null or other derived pointers only. Copying the local then changes no
/// result.
bool compares_derived_only(const Value& pointer, const PointerFlow::Pointers& derived) {
  return all_of(pointer.users(), [&](const User* user) {
    auto* compare = dyn_cast<ICmpInst>(user);
    if (!compare) return true;
    return all_of(compare->operands(), [&](const Use& operand) {
      return derived.contains(operand.get()) || isa<ConstantPointerNull>(operand.get());
    });
  });
}

} // namespace

std::optional<PointerFlow::Pointers> PointerFlow::derived_from(const Value& origin) {
  Pointers derived;
  const Fate fate = follow(origin, derived);
  if (fate == Fate::escapes || (fate == Fate::returned && isa<AllocaInst>(origin))) return std::nullopt;
  return derived;
}

PointerFlow::Fate PointerFlow::follow(const Value& origin, Pointers& derived) {
  Fate fate = Fate::stays;
  SmallVector<const Value*> pending{&origin};
  derived.insert(&origin);
  while (!pending.empty())
    for (const Use& use : pending.pop_back_val()->uses()) {
      bool follows_user = false;
      Fate here = fate_at(use, follows_user);
      if (here == Fate::escapes || ++looked_at_ > most_uses) return Fate::escapes;
      if (here == Fate::returned) fate = here;
      if (follows_user && derived.insert(use.getUser()).second) pending.push_back(use.getUser());
    }
  for (const Value* pointer : derived)
    if (!compares_derived_only(*pointer, derived)) return Fate::escapes;
  return fate;
}

PointerFlow::Fate PointerFlow::fate_at(const Use& use, bool& follows_user) {
  auto* user = dyn_cast<Instruction>(use.getUser());
  if (!user || !use->getType()->isPointerTy()) return Fate::escapes;
  switch (user->getOpcode()) {
  case Instruction::Load:
    return user->isVolatile() ? Fate::escapes : Fate::stays;
  case Instruction::Store:
    return user->isVolatile() || use.getOperandNo() != StoreInst::getPointerOperandIndex() ? Fate::escapes
                                                                                           : Fate::stays;
  case Instruction::GetElementPtr:
  case Instruction::PHI:
  case Instruction::Select:
  case Instruction::Freeze:
    follows_user = true;
    return user->getType()->isPointerTy() ? Fate::stays : Fate::escapes;
  case Instruction::ICmp: // compares_derived_only
    return Fate::stays;
  case Instruction::Ret:
    return Fate::returned;
  case Instruction::Call:
  case Instruction::Invoke:
    return fate_in_call(cast<CallBase>(*user), use, follows_user);
  default:
    return Fate::escapes;
  }
}

PointerFlow::Fate PointerFlow::fate_in_call(const CallBase& call, const Use& use, bool& follows_user) {
  if (!call.isArgOperand(&use)) return Fate::escapes;
  unsigned number = call.getArgOperandNo(&use);
  if (auto* intrinsic = dyn_cast<IntrinsicInst>(&call)) {
    if (intrinsic->isLifetimeStartOrEnd()) return Fate::stays;
    if (auto* memory = dyn_cast<MemIntrinsic>(intrinsic)) return memory->isVolatile() ? Fate::escapes : Fate::stays;
  }
  if (call.isByValArgument(number)) return Fate::stays;
  auto* callee = dyn_cast<Function>(call.getCalledOperand());
  if (callee && callee->getFunctionType() == call.getFunctionType() && number < callee->arg_size() &&
      !call.isMustTailCall()) {
    Function* body = body_of_(*callee);
    if (body && !body->hasFnAttribute(Attribute::Naked)) {
      Fate fate = fate_of(*body->getArg(number));
      follows_user = fate == Fate::returned;
      return fate == Fate::returned ? Fate::stays : fate;
    }
    if (!body) infer_promises(*callee, *call.getFunction());
  }
  // An argument that is not captured is not returned either, unless the call marks an argument as returned.
  return call.doesNotCapture(number) && !call.getReturnedArgOperand() ? Fate::stays : Fate::escapes;
}

/// Infers attributes of a function of the C library. The optimiser finds the same ones, but only later, in the unit.
void PointerFlow::infer_promises(Function& callee, const Function& caller) {
  if (!library_) library_.emplace(Triple(callee.getParent()->getTargetTriple()));
  inferNonMandatoryLibFuncAttrs(callee, TargetLibraryInfo(*library_, &caller));
}

PointerFlow::Fate PointerFlow::fate_of(const Argument& argument) {
  // In a recursion the pointer counts as escaped until the walk that is under way has an answer.
  auto [known, is_new] = known_.try_emplace(&argument, Fate::escapes);
  if (!is_new || depth_ == deepest) return known->second;
  ++depth_;
  Pointers derived;
  Fate fate = follow(argument, derived);
  --depth_;
  known_[&argument] = fate;
  return fate;
}

} // namespace ajit
