#include "feature_needs.h"
#include "unit_marks.h"

#include <llvm/IR/DerivedTypes.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/InlineAsm.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Target/TargetMachine.h>

using namespace llvm;

namespace ajit {
namespace {

bool is_vector_passed_alike(const FixedVectorType& vector) {
  constexpr unsigned xmm_bits = 128;
  const Type& element = *vector.getElementType();
  const unsigned bits = element.isPointerTy() ? 64 : element.getScalarSizeInBits();
  const bool is_usual = element.isIntegerTy(8) || element.isIntegerTy(16) || element.isIntegerTy(32) ||
                        element.isIntegerTy(64) || element.isFloatTy() || element.isDoubleTy() || element.isPointerTy();
  return is_usual && bits * vector.getNumElements() <= xmm_bits;
}

/// Whether all x86-64 processors pass values of `type` in the same places.
bool is_passed_alike(Type* type) {
  if (auto* structure = dyn_cast<StructType>(type)) return all_of(structure->elements(), is_passed_alike);
  if (auto* array = dyn_cast<ArrayType>(type)) return is_passed_alike(array->getElementType());
  if (auto* vector = dyn_cast<FixedVectorType>(type)) return is_vector_passed_alike(*vector);
  return !isa<ScalableVectorType>(type) && !type->isX86_AMXTy() && !type->isX86_MMXTy();
}

/// Whether the registers that a call with `convention` passes and keeps are the same for all features.
bool is_same_for_all_features(CallingConv::ID convention) {
  switch (convention) {
  case CallingConv::C:
  case CallingConv::Fast:
  case CallingConv::Cold:
  case CallingConv::Tail:
  case CallingConv::Swift:
  case CallingConv::SwiftTail:
  case CallingConv::GHC:
  case CallingConv::PreserveMost:
  case CallingConv::X86_64_SysV:
    return true;
  default:
    return false;
  }
}

constexpr const char* keeps_all_registers = "no_caller_saved_registers";

bool is_called_alike(const CallBase& call) {
  if (isa<IntrinsicInst>(call) || call.isInlineAsm()) return true;
  auto is_argument_alike = [](const Use& argument) { return is_passed_alike(argument->getType()); };
  return is_same_for_all_features(call.getCallingConv()) && !call.hasFnAttr(keeps_all_registers) &&
         is_passed_alike(call.getType()) && all_of(call.args(), is_argument_alike);
}

bool is_called_alike(const Function& function) {
  return is_same_for_all_features(function.getCallingConv()) && !function.hasFnAttribute(keeps_all_registers) &&
         is_passed_alike(function.getReturnType()) && all_of(function.getFunctionType()->params(), is_passed_alike);
}

bool is_small_float(const Type& type) { return type.getScalarType()->isHalfTy() || type.getScalarType()->isBFloatTy(); }

/// Assembly that takes its operands in any vector register expects one of the first sixteen.
bool takes_any_vector_register(const Instruction& instruction) {
  auto* call = dyn_cast<CallBase>(&instruction);
  auto* assembly = call ? dyn_cast<InlineAsm>(call->getCalledOperand()) : nullptr;
  return assembly && StringRef(assembly->getConstraintString()).contains('v');
}

bool differs_with_avx512(const Instruction& instruction) {
  return isa<FPToUIInst>(instruction) || is_small_float(*instruction.getType()) ||
         any_of(instruction.operands(), [](const Use& operand) { return is_small_float(*operand->getType()); }) ||
         takes_any_vector_register(instruction);
}

} // namespace

void note_feature_needs(Function& function) {
  bool calls_alike = is_called_alike(function), without_avx512 = false;
  for (const Instruction& instruction : instructions(function)) {
    auto* call = dyn_cast<CallBase>(&instruction);
    calls_alike &= !call || is_called_alike(*call);
    without_avx512 |= differs_with_avx512(instruction);
  }
  if (!calls_alike) function.addFnAttr(keeps_features_attribute);
  if (without_avx512) function.addFnAttr(without_avx512_attribute);
}

bool OwnFeature::is_of(const Function& function) {
  StringRef cpu = function.getFnAttribute("target-cpu").getValueAsString();
  StringRef features = function.getFnAttribute("target-features").getValueAsString();
  if (cpu.empty() && features.empty()) return false;
  auto [known, is_new] = known_.try_emplace((cpu + " " + features).str());
  if (is_new) {
    std::unique_ptr<MCSubtargetInfo> own(machine_.getTarget().createMCSubtargetInfo(
        machine_.getTargetTriple().str(), cpu.empty() ? machine_.getTargetCPU() : cpu, features));
    known->second = own && own->checkFeatures(feature_);
  }
  return known->second;
}

} // namespace ajit
