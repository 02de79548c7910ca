#include "normalise.h"
#include "error.h"

#include <llvm/ADT/APInt.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/DataLayout.h>
#include <llvm/IR/GlobalAlias.h>
#include <llvm/IR/GlobalIFunc.h>
#include <llvm/IR/Module.h>
#include <map>

using namespace llvm;

namespace ajit {
namespace {

bool is_special(const GlobalValue& value) { return value.getName().starts_with("llvm."); }

bool has_body(const Function& function) { return !function.isDeclaration() || function.isMaterializable(); }

/// available_externally bodies are for inlining only: the symbol is somebody else's.
bool defines(const GlobalValue& value) { return !value.isDeclarationForLinker(); }

void name_and_export_locals(Module& module, unsigned ordinal) {
  unsigned unnamed = 0;
  for (GlobalValue& value : module.global_values()) {
    if (is_special(value)) continue;
    if (!value.hasName()) value.setName("anon." + Twine(unnamed++));
    if (!value.hasLocalLinkage()) continue;
    value.setLinkage(GlobalValue::ExternalLinkage);
    value.setName(value.getName() + "$" + Twine(ordinal));
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

std::vector<Initialiser> read_initialisers(const Module& module, StringRef name) {
  std::vector<Initialiser> result;
  const GlobalVariable* list = module.getNamedGlobal(name);
  if (!list || !list->hasInitializer()) return result;
  auto* entries = dyn_cast<ConstantArray>(list->getInitializer());
  if (!entries) return result;
  for (const Use& entry : entries->operands()) {
    auto* fields = cast<ConstantStruct>(entry);
    auto* function = dyn_cast<Function>(fields->getOperand(1)->stripPointerCasts());
    if (!function) continue;
    auto priority = static_cast<uint32_t>(cast<ConstantInt>(fields->getOperand(0))->getZExtValue());
    result.push_back({priority, function->getName().str()});
  }
  // By priority; equal ones stay in the order of the list, which is the linker's.
  std::multimap<uint32_t, Initialiser> by_priority;
  for (Initialiser& entry : result) by_priority.emplace(entry.priority, std::move(entry));
  result.clear();
  for (auto& [priority, entry] : by_priority) result.push_back(std::move(entry));
  return result;
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
  DenseSet<const GlobalValue*> locals;
  for (const GlobalValue& value : module.global_values())
    if (value.hasLocalLinkage()) locals.insert(&value);
  name_and_export_locals(module, ordinal);
  if (Error error = dissolve_aliases(module, index)) return error;
  if (Error error = replace_ifuncs(module, index)) return error;
  index.constructors = read_initialisers(module, "llvm.global_ctors");
  index.destructors = read_initialisers(module, "llvm.global_dtors");

  const std::string suffix = ("$" + Twine(ordinal)).str();
  DenseSet<StringRef> resolved_by_ifunc;
  for (const IfuncEntry& entry : index.ifuncs) resolved_by_ifunc.insert(entry.symbol);
  for (GlobalObject& value : module.global_objects()) {
    if (is_special(value)) continue;
    value.setDLLStorageClass(GlobalValue::DefaultStorageClass);
    value.setVisibility(GlobalValue::DefaultVisibility);
    auto* function = dyn_cast<Function>(&value);
    bool defined = function ? has_body(*function) && defines(value) : !value.isDeclaration() && defines(value);
    value.setDSOLocal((defined && !value.isThreadLocal()) || resolved_by_ifunc.contains(value.getName()));
    if (defined && function)
      index.functions.push_back({value.getName().str(), display_name(value, locals.contains(&value), suffix),
                                 locals.contains(&value)});
    else if (defined)
      index.data.push_back(value.getName().str());
    else if (value.hasExternalWeakLinkage())
      index.weak_undefined.push_back(value.getName().str());
    else if (!resolved_by_ifunc.contains(value.getName()))
      (function ? index.undefined_functions : index.undefined_data).push_back(value.getName().str());
  }
  index.has_data_unit = !index.data.empty() || !module.getModuleInlineAsm().empty();
  return index;
}

} // namespace ajit
