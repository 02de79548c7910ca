#include "yielded_definitions.h"

#include <llvm/IR/Module.h>

using namespace llvm;

namespace ajit {
namespace {

bool is_equal_everywhere(const GlobalValue& value) {
  return value.hasLinkOnceODRLinkage() || value.hasWeakODRLinkage();
}

void declare(GlobalObject& object) {
  object.setComdat(nullptr);
  if (is_equal_everywhere(object)) return object.setLinkage(GlobalValue::AvailableExternallyLinkage);
  if (auto* function = dyn_cast<Function>(&object)) return function->deleteBody();
  auto& variable = cast<GlobalVariable>(object);
  variable.setInitializer(nullptr);
  variable.setLinkage(GlobalValue::ExternalLinkage);
}

/// Puts a declaration in the place of an alias or an ifunc.
void replace(GlobalValue& indirect) {
  Module& module = *indirect.getParent();
  GlobalValue* declaration;
  if (auto* type = dyn_cast<FunctionType>(indirect.getValueType()))
    declaration = Function::Create(type, GlobalValue::ExternalLinkage, indirect.getAddressSpace(), "", &module);
  else
    declaration =
        new GlobalVariable(module, indirect.getValueType(), /*isConstant=*/false, GlobalValue::ExternalLinkage, nullptr,
                           "", nullptr, indirect.getThreadLocalMode(), indirect.getAddressSpace());
  declaration->takeName(&indirect);
  indirect.replaceAllUsesWith(declaration);
  indirect.eraseFromParent();
}

} // namespace

void yield_definitions(Module& module, const StringSet<>& symbols) {
  if (symbols.empty()) return;
  SmallVector<GlobalValue*> yielding;
  for (GlobalValue& value : module.global_values())
    if (symbols.contains(GlobalValue::dropLLVMManglingEscape(value.getName())) && !value.hasLocalLinkage() &&
        !value.isDeclarationForLinker())
      yielding.push_back(&value);
  for (GlobalValue* value : yielding)
    if (auto* object = dyn_cast<GlobalObject>(value); object && !isa<GlobalIFunc>(value))
      declare(*object);
    else
      replace(*value);
}

} // namespace ajit
