#include "normalise.h"
#include "error.h"
#include "initialisers.h"
#include "module_asm.h"
#include "section_bounds.h"

#include <algorithm>
#include <llvm/ADT/APInt.h>
#include <llvm/ADT/DenseSet.h>
#include <llvm/ADT/StringSet.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/DataLayout.h>
#include <llvm/IR/GlobalAlias.h>
#include <llvm/IR/GlobalIFunc.h>
#include <llvm/IR/Module.h>

using namespace llvm;

namespace ajit {
namespace {

bool is_special(const GlobalValue& value) { return value.getName().starts_with("llvm."); }

bool has_body(const Function& function) { return !function.isDeclaration() || function.isMaterializable(); }

/// available_externally bodies are for inlining only: the symbol is somebody else's.
bool defines(const GlobalValue& value) { return !value.isDeclarationForLinker(); }

/// A name that no assembler takes for a symbol with a version: `vectors@@40` of a vectorcall function.
std::string without_version(StringRef name) {
  std::string plain = name.str();
  std::replace(plain.begin(), plain.end(), '@', '.');
  return plain;
}

void name_and_export_locals(Module& module, const ModuleAsm& assembly, unsigned ordinal) {
  unsigned unnamed = 0;
  for (GlobalValue& value : module.global_values()) {
    if (is_special(value)) continue;
    if (!value.hasName()) value.setName("anon." + Twine(unnamed++));
    if (!value.hasLocalLinkage()) continue;
    value.setLinkage(GlobalValue::ExternalLinkage);
    // What assembly calls by its name keeps it.
    if (assembly.referred.contains(value.getName())) continue;
    value.setName(without_version(value.getName()) + "$" + Twine(ordinal));
  }
}

/// Replaces `alias` by what it names. False if its value is no constant offset into a global.
bool dissolve_alias(GlobalAlias& alias, ModuleIndex& index) {
  const DataLayout& layout = alias.getParent()->getDataLayout();
  APInt offset(layout.getIndexTypeSizeInBits(alias.getType()), 0);
  Value* base = alias.getAliasee()->stripAndAccumulateConstantOffsets(layout, offset, /*AllowNonInbounds=*/true);
  auto* target = dyn_cast<GlobalObject>(base);
  if (!target) return false;
  index.aliases.push_back({alias.getName().str(), target->getName().str(), offset.getZExtValue(), isa<Function>(target)});
  alias.replaceAllUsesWith(alias.getAliasee());
  return true;
}

Error dissolve_aliases(Module& module, ModuleIndex& index) {
  // An alias of an alias resolves once the inner one is gone, so go round until nothing changes.
  SmallVector<GlobalAlias*> pending(make_pointer_range(module.aliases()));
  while (!pending.empty()) {
    size_t before = pending.size();
    erase_if(pending, [&](GlobalAlias* alias) {
      if (!dissolve_alias(*alias, index)) return false;
      alias->eraseFromParent();
      return true;
    });
    if (pending.size() == before)
      return make_error("unsupported alias: {}: its value is not a global plus a constant",
                        pending.front()->getName().str());
  }
  return Error::success();
}

Error replace_ifuncs(Module& module, ModuleIndex& index) {
  for (GlobalIFunc& ifunc : make_early_inc_range(module.ifuncs())) {
    auto* resolver = dyn_cast<Function>(ifunc.getResolver()->stripPointerCasts());
    auto* type = dyn_cast<FunctionType>(ifunc.getValueType());
    if (!resolver || !type) return make_error("unsupported ifunc: {}: its resolver is no function", ifunc.getName().str());
    Function* declaration =
        Function::Create(type, GlobalValue::ExternalLinkage, ifunc.getAddressSpace(), "", &module);
    declaration->takeName(&ifunc);
    ifunc.replaceAllUsesWith(declaration);
    ifunc.eraseFromParent();
    index.ifuncs.push_back({declaration->getName().str(), resolver->getName().str()});
  }
  return Error::success();
}

/// Definitions in module-level assembly. A statement that gives a name to something of the module makes an alias; a
/// symbol that only this assembly sees and the module refers to is made visible.
void add_asm_symbols(Module& module, const ModuleAsm& symbols, ModuleIndex& index) {
  for (const auto& [name, target] : symbols.assigned) {
    auto* object = dyn_cast_or_null<GlobalObject>(module.getNamedValue(target));
    if (object) index.aliases.push_back({name, object->getName().str(), 0, isa<Function>(object)});
  }
  std::vector<std::string> defined;
  for (StringRef name : symbols.defined.keys())
    if (!symbols.local.contains(name) || module.getNamedValue(name)) defined.push_back(name.str());
  // Every copy of the module is to get the same text.
  std::sort(defined.begin(), defined.end());
  for (const std::string& name : defined)
    if (symbols.local.contains(name)) module.appendModuleInlineAsm(".globl " + name);
  index.data.insert(index.data.end(), defined.begin(), defined.end());
}

/// The names that a static linker gives to the bounds of the sections that `module` puts variables in, as far as the
/// module declares them.
StringSet<> declared_section_bounds(const Module& module) {
  StringSet<> sections, bounds;
  for (const GlobalVariable& variable : module.globals())
    if (variable.hasSection() && !variable.isDeclarationForLinker()) sections.insert(variable.getSection());
  if (sections.empty()) return bounds;
  for (const GlobalVariable& variable : module.globals()) {
    StringRef section = section_of_bound(variable.getName());
    if (variable.isDeclaration() && !section.empty() && sections.contains(section)) bounds.insert(variable.getName());
  }
  return bounds;
}

/// `helper$0` is known to people as `helper`.
std::string display_name(const GlobalValue& value, bool was_local, StringRef suffix) {
  StringRef name = value.getName();
  if (was_local) name.consume_back(suffix);
  return name.str();
}

} // namespace

Expected<ModuleIndex> normalise(Module& module, unsigned ordinal) {
  ModuleIndex index;
  index.triple = module.getTargetTriple();
  const ModuleAsm assembly = read_module_asm(module);
  DenseSet<const GlobalValue*> locals;
  for (const GlobalValue& value : module.global_values())
    if (value.hasLocalLinkage()) locals.insert(&value);
  name_and_export_locals(module, assembly, ordinal);
  if (Error error = dissolve_aliases(module, index)) return error;
  if (Error error = replace_ifuncs(module, index)) return error;
  index.constructors = read_constructors(module);
  index.destructors = read_destructors(module);
  add_asm_symbols(module, assembly, index);
  const StringSet<> section_bounds = declared_section_bounds(module);

  const std::string suffix = ("$" + Twine(ordinal)).str();
  // Declarations of what the module defines by other means.
  StringSet<> resolved_by_ifunc, in_assembly;
  for (const IfuncEntry& entry : index.ifuncs) resolved_by_ifunc.insert(entry.symbol);
  for (StringRef name : assembly.defined.keys()) in_assembly.insert(name);
  for (const auto& [name, target] : assembly.assigned) in_assembly.insert(name);
  for (GlobalObject& value : module.global_objects()) {
    if (is_special(value)) continue;
    value.setDLLStorageClass(GlobalValue::DefaultStorageClass);
    value.setVisibility(GlobalValue::DefaultVisibility);
    auto* function = dyn_cast<Function>(&value);
    bool defined = function ? has_body(*function) && defines(value) : !value.isDeclaration() && defines(value);
    if (section_bounds.contains(value.getName())) {
      value.setLinkage(GlobalValue::ExternalLinkage);
      index.section_bounds.push_back(value.getName().str());
      defined = true;
    }
    value.setDSOLocal((defined && !value.isThreadLocal()) || resolved_by_ifunc.contains(value.getName()));
    if (defined && function)
      index.functions.push_back({value.getName().str(), display_name(value, locals.contains(&value), suffix),
                                 locals.contains(&value)});
    else if (defined)
      index.data.push_back(value.getName().str());
    else if (in_assembly.contains(value.getName()))
      continue;
    else if (value.hasExternalWeakLinkage())
      index.weak_undefined.push_back(value.getName().str());
    else if (!resolved_by_ifunc.contains(value.getName()))
      (function ? index.undefined_functions : index.undefined_data).push_back(value.getName().str());
  }
  index.has_data_unit = !index.data.empty() || !module.getModuleInlineAsm().empty();
  return index;
}

} // namespace ajit
