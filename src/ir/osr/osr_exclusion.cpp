#include "osr_exclusion.h"
#include "fast_math.h"
#include "function_traits.h"

#include <llvm/IR/DerivedTypes.h>
#include <llvm/IR/EHPersonalities.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>

using namespace llvm;

namespace ajit {

std::string osr_exclusion(const Function& function, const FunctionTraits& traits) {
  if (!traits.pinned.empty()) return "the function cannot change tier: " + traits.pinned;
  if (has_one_pipeline(function)) return "the function's results depend on how it is compiled (fast-math)";
  if (function.hasFnAttribute(Attribute::Naked)) return "the function is naked";
  if (function.isPresplitCoroutine()) return "the function is a coroutine";
  if (traits.calls_returns_twice || function.hasFnAttribute(Attribute::ReturnsTwice))
    return "the function calls setjmp or another function that returns twice";
  if (function.hasPersonalityFn() && isFuncletEHPersonality(classifyEHPersonality(function.getPersonalityFn())))
    return "the function handles exceptions with funclets";
  for (const Argument& argument : function.args()) {
    if (argument.hasInAllocaAttr() || argument.hasPreallocatedAttr())
      return "an argument of the function must stay in its caller's frame (inalloca, preallocated)";
    if (argument.hasSwiftErrorAttr() || argument.hasAttribute(Attribute::SwiftAsync))
      return "an argument of the function is bound to a register (swifterror, swiftasync)";
  }
  return {};
}

const char* osr_exclusion(const Instruction& instruction) {
  if (isa<CallBrInst>(instruction)) return "the function has assembly that jumps (asm goto)";
  if (auto* alloca = dyn_cast<AllocaInst>(&instruction);
      alloca && (alloca->isSwiftError() || alloca->isUsedWithInAlloca()))
    return "a variable of the function is bound to a register or to a call (swifterror, inalloca)";
  auto* intrinsic = dyn_cast<IntrinsicInst>(&instruction);
  if (!intrinsic) return nullptr;
  switch (intrinsic->getIntrinsicID()) {
  case Intrinsic::returnaddress:
  case Intrinsic::addressofreturnaddress:
  case Intrinsic::frameaddress:
  case Intrinsic::sponentry:
  case Intrinsic::localescape:
  case Intrinsic::localaddress:
  case Intrinsic::eh_dwarf_cfa:
  case Intrinsic::eh_unwind_init:
  case Intrinsic::eh_return_i32:
  case Intrinsic::eh_return_i64:
  case Intrinsic::eh_sjlj_setjmp:
  case Intrinsic::eh_sjlj_setup_dispatch:
    return "the function takes the address of its frame or its return address";
  case Intrinsic::gcroot:
    return "the function registers variables with a garbage collector";
  default:
    return nullptr;
  }
}

bool can_be_transferred(Type* type) {
  // The code generator takes larger aggregates apart into registers, one by one.
  constexpr unsigned most_elements = 4096;
  if (type->isTokenTy() || type->isX86_AMXTy() || type->isTargetExtTy() || type->isMetadataTy() || type->isLabelTy())
    return false;
  if (isa<ScalableVectorType>(type)) return false;
  if (auto* structure = dyn_cast<StructType>(type))
    return !structure->isOpaque() && structure->getNumElements() <= most_elements &&
           all_of(structure->elements(), can_be_transferred);
  if (auto* array = dyn_cast<ArrayType>(type))
    return array->getNumElements() <= most_elements && can_be_transferred(array->getElementType());
  return true;
}

} // namespace ajit
