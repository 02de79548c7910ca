#include "reserved_names.h"
#include "error.h"
#include "module_asm.h"
#include "runtime_symbols.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/IR/Module.h>

using namespace llvm;

namespace ajit {
namespace {

bool is_reserved(StringRef name) { return GlobalValue::dropLLVMManglingEscape(name).starts_with(internal_prefix); }

/// A reserved name of `module` or its assembly; empty if there is none.
StringRef reserved_name(const Module& module, const ModuleAsm& assembly) {
  for (const GlobalValue& value : module.global_values())
    if (is_reserved(value.getName())) return value.getName();
  for (const StringSet<>* names : {&assembly.defined, &assembly.referred})
    for (StringRef name : names->keys())
      if (is_reserved(name)) return name;
  for (const auto& [name, target] : assembly.assigned)
    if (is_reserved(name)) return name;
  return {};
}

AttributeList without_marks(LLVMContext& context, AttributeList attributes) {
  constexpr StringLiteral prefix = "ajit-";
  AttributeList result = attributes;
  for (unsigned index : attributes.indexes())
    for (Attribute attribute : attributes.getAttributes(index))
      if (attribute.isStringAttribute() && attribute.getKindAsString().starts_with(prefix))
        result = result.removeAttributeAtIndex(context, index, attribute.getKindAsString());
  return result;
}

} // namespace

Error check_for_reserved_names(const Module& module, const ModuleAsm& assembly) {
  StringRef name = reserved_name(module, assembly);
  if (name.empty()) return Error::success();
  return make_typed<Refused>("reserved name: {}: names that begin with {} are the compiler's own",
                             std::string_view(GlobalValue::dropLLVMManglingEscape(name)), internal_prefix);
}

void drop_internal_marks(Module& module) {
  for (NamedMDNode& metadata : make_early_inc_range(module.named_metadata()))
    if (metadata.getName().starts_with("ajit.")) metadata.eraseFromParent();
  DenseMap<void*, AttributeList> cleaned; // functions share lists
  for (Function& function : module) {
    auto [known, is_new] = cleaned.try_emplace(function.getAttributes().getRawPointer());
    if (is_new) known->second = without_marks(module.getContext(), function.getAttributes());
    function.setAttributes(known->second);
  }
}

} // namespace ajit
