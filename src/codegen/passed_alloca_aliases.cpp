#include "passed_alloca_aliases.h"
#include "unit_marks.h"

#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/Module.h>

using namespace llvm;

namespace ajit {
namespace {

bool is_passed_alloca(const Value* object) {
  auto* argument = dyn_cast<Argument>(object);
  return argument && argument->getParent()->getAttributes().hasParamAttr(argument->getArgNo(), passed_alloca_attribute);
}

} // namespace

AnalysisKey PassedAllocaAnalysis::Key;

AliasResult PassedAllocaAliases::alias(const MemoryLocation& one, const MemoryLocation& other, AAQueryInfo&,
                                       const Instruction*) {
  const Value* object = getUnderlyingObject(one.Ptr);
  const Value* another = getUnderlyingObject(other.Ptr);
  if (object == another) return AliasResult::MayAlias;
  const bool passed = is_passed_alloca(object), passed_too = is_passed_alloca(another);
  const bool apart =
      (passed && passed_too) || (passed && isa<GlobalVariable>(another)) || (passed_too && isa<GlobalVariable>(object));
  return apart ? AliasResult::NoAlias : AliasResult::MayAlias;
}

bool passes_allocas(const Module& unit) {
  return any_of(unit.functions(), [](const Function& function) {
    return !function.isDeclaration() &&
           any_of(function.args(), [](const Argument& argument) { return is_passed_alloca(&argument); });
  });
}

} // namespace ajit
