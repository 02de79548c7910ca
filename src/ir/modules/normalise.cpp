#include "normalise.h"
#include "error.h"
#include "initialisers.h"
#include "large_variables.h"
#include "module_asm.h"
#include "reserved_names.h"
#include "runtime_symbols.h"
#include "section_bounds.h"
#include "stack_maps.h"
#include "tls_access.h"

#include <algorithm>
#include <llvm/ADT/APInt.h>
#include <llvm/ADT/DenseSet.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/ADT/StringSet.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/DataLayout.h>
#include <llvm/IR/GlobalAlias.h>
#include <llvm/IR/GlobalIFunc.h>
#include <llvm/IR/Mangler.h>
#include <llvm/IR/Module.h>

using namespace llvm;

namespace ajit {
namespace {

bool is_special(const GlobalValue& value) { return value.getName().starts_with("llvm."); }

bool has_body(const Function& function) { return !function.isDeclaration() || function.isMaterializable(); }

/// An available_externally body is for inlining only: another object defines its symbol.
bool defines(const GlobalValue& value) { return !value.isDeclarationForLinker(); }

/// `name` changed so that no assembler takes it for a symbol with a version (`vectors@@40` of a vectorcall function) or
/// for a temporary label, which it would leave out of the object (`.LC0`).
std::string plain_symbol(StringRef name) {
  std::string plain = name.str();
  std::replace(plain.begin(), plain.end(), '@', '.');
  if (GlobalValue::dropLLVMManglingEscape(name).starts_with(".L")) plain.replace(plain.find(".L"), 2, "L.");
  return plain;
}

/// Makes the suffix that the code generator would add to the name of a vectorcall function part of the name. Otherwise
/// the symbols of stubs and bodies would differ from the names that ajit looks them up by.
void spell_out_suffixes(Module& module) {
  Mangler mangler;
  for (Function& function : module) {
    if (function.getCallingConv() != CallingConv::X86_VectorCall || function.getName().starts_with("\1")) continue;
    SmallString<64> symbol;
    mangler.getNameWithPrefix(symbol, &function, /*CannotUsePrivateLabel=*/false);
    function.setName("\1" + symbol);
  }
}

void name_and_export_locals(Module& module, const ModuleAsm& assembly, unsigned ordinal) {
  unsigned unnamed = 0;
  for (GlobalValue& value : module.global_values()) {
    if (is_special(value)) continue;
    if (!value.hasName()) value.setName("anon." + Twine(unnamed++));
    if (!value.hasLocalLinkage()) continue;
    value.setLinkage(GlobalValue::ExternalLinkage);
    // A global that assembly refers to by name keeps that name.
    if (assembly.referred.contains(value.getName())) continue;
    value.setName(plain_symbol(value.getName()) + "$" + Twine(ordinal));
  }
}

/// Replaces `alias` by what it names. Returns false if its value is not a global plus a constant offset.
bool dissolve_alias(GlobalAlias& alias, ModuleIndex& index) {
  const DataLayout& layout = alias.getParent()->getDataLayout();
  APInt offset(layout.getIndexTypeSizeInBits(alias.getType()), 0);
  Value* base = alias.getAliasee()->stripAndAccumulateConstantOffsets(layout, offset, /*AllowNonInbounds=*/true);
  auto* target = dyn_cast<GlobalObject>(base);
  if (!target) return false;
  const AliasEntry entry{alias.getName().str(), target->getName().str(), offset.getZExtValue(), isa<Function>(target)};
  if (target->isThreadLocal()) {
    index.data.push_back(entry.name);
    index.thread_local_aliases.push_back(entry);
  } else {
    index.aliases.push_back(entry);
  }
  if (alias.isWeakForLinker()) index.weak.push_back(alias.getName().str());
  alias.replaceAllUsesWith(alias.getAliasee());
  return true;
}

Error dissolve_aliases(Module& module, ModuleIndex& index) {
  // An alias of an alias resolves once the inner one is gone, so repeat until nothing changes.
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
    if (!resolver || !type)
      return make_error("unsupported ifunc: {}: its resolver is not a function", ifunc.getName().str());
    Function* declaration = Function::Create(type, GlobalValue::ExternalLinkage, ifunc.getAddressSpace(), "", &module);
    declaration->takeName(&ifunc);
    if (ifunc.isWeakForLinker()) index.weak.push_back(declaration->getName().str());
    ifunc.replaceAllUsesWith(declaration);
    ifunc.eraseFromParent();
    index.ifuncs.push_back({declaration->getName().str(), resolver->getName().str()});
  }
  return Error::success();
}

/// Adds the definitions in module-level assembly to the index. A statement that gives another name to a global of the
/// module becomes an alias. A symbol that is local to this assembly is exported if the module refers to it.
void add_asm_symbols(Module& module, const ModuleAsm& symbols, ModuleIndex& index) {
  for (const auto& [name, target] : symbols.assigned) {
    auto* object = dyn_cast_or_null<GlobalObject>(module.getNamedValue(target));
    if (object && !object->isThreadLocal())
      index.aliases.push_back({name, object->getName().str(), 0, isa<Function>(object)});
  }
  std::vector<std::string> defined;
  for (StringRef name : symbols.defined.keys())
    if (!symbols.local.contains(name) || module.getNamedValue(name)) defined.push_back(name.str());
  // Every copy of the module must get the same text.
  std::sort(defined.begin(), defined.end());
  for (const std::string& name : defined)
    if (symbols.local.contains(name)) module.appendModuleInlineAsm(".globl " + name);
  index.data.insert(index.data.end(), defined.begin(), defined.end());
}

/// The symbols that a static linker defines for the bounds of the sections that `module` puts variables in, as far as
/// the module declares them.
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

/// The name that users know: `helper` for `helper$0`.
std::string display_name(const GlobalValue& value, bool was_local, StringRef suffix) {
  StringRef name = GlobalValue::dropLLVMManglingEscape(value.getName());
  if (was_local) name.consume_back(suffix);
  return name.str();
}

/// Whether `data` holds distances from the function itself, as GHC's tables do. These are distances from its body, so
/// such data cannot be placed elsewhere.
bool holds_distances(const Constant& data) {
  auto* expression = dyn_cast<ConstantExpr>(&data);
  if (expression && expression->getOpcode() == Instruction::Sub) return true;
  return !isa<GlobalValue>(data) &&
         any_of(data.operands(), [](const Use& part) { return holds_distances(*cast<Constant>(part.get())); });
}

/// The bytes of a function's prefix or prologue data; 0 if they cannot be placed around its stub.
uint32_t size_of_data(const Function& function, const Constant& data) {
  if (holds_distances(data)) return 0;
  return static_cast<uint32_t>(function.getParent()->getDataLayout().getTypeAllocSize(data.getType()));
}

/// Enters globals, whose names are final, in the module's index. Sets the linkage, visibility and dso_local that follow
/// from where they are defined.
class Indexer {
public:
  Indexer(const Module& module, const ModuleAsm& assembly, const DenseSet<const GlobalValue*>& locals, unsigned ordinal,
          ModuleIndex& index)
      : locals_(locals), suffix_(("$" + Twine(ordinal)).str()), section_bounds_(declared_section_bounds(module)),
        index_(index) {
    for (const IfuncEntry& entry : index.ifuncs)
      resolved_by_ifunc_.insert(entry.symbol);
    for (StringRef name : assembly.defined.keys())
      in_assembly_.insert(name);
    for (const auto& [name, target] : assembly.assigned)
      in_assembly_.insert(name);
  }

  void add(GlobalObject& value) {
    auto* function = dyn_cast<Function>(&value);
    bool defined = defines(value) && (function ? has_body(*function) : !value.isDeclaration());
    if (section_bounds_.contains(value.getName())) {
      value.setLinkage(GlobalValue::ExternalLinkage);
      index_.section_bounds.push_back(value.getName().str());
      defined = true;
    }
    if (defined && value.hasHiddenVisibility()) {
      index_.hidden.push_back(value.getName().str());
      if (value.isThreadLocal()) value.setLinkage(GlobalValue::ExternalLinkage); // never a library's
    }
    value.setDLLStorageClass(GlobalValue::DefaultStorageClass);
    value.setVisibility(GlobalValue::DefaultVisibility);
    value.setDSOLocal(defined || resolved_by_ifunc_.contains(value.getName()));
    if (defined && value.isThreadLocal())
      cast<GlobalVariable>(value).setThreadLocalMode(GlobalValue::LocalExecTLSModel);
    if (defined)
      add_definition(value);
    else
      add_declaration(value);
  }

private:
  void add_definition(const GlobalObject& value) {
    std::string symbol = value.getName().str();
    if (value.isWeakForLinker()) index_.weak.push_back(symbol);
    if (auto* variable = dyn_cast<GlobalVariable>(&value)) {
      if (variable->isThreadLocal()) index_.thread_locals.push_back(symbol);
      if (may_be_in_library(*variable)) index_.shared_thread_locals.push_back(symbol);
      return index_.data.push_back(symbol);
    }
    bool local = locals_.contains(&value);
    index_.functions.push_back({symbol, display_name(value, local, suffix_), local});
    auto& function = cast<Function>(value);
    if (function.hasPrefixData()) index_.functions.back().prefix = size_of_data(function, *function.getPrefixData());
    if (function.hasPrologueData())
      index_.functions.back().prologue = size_of_data(function, *function.getPrologueData());
  }

  void add_declaration(const GlobalObject& value) {
    std::string symbol = value.getName().str();
    if (resolved_by_ifunc_.contains(symbol) || in_assembly_.contains(symbol)) return;
    if (symbol == stack_maps_symbol) return index_.data.push_back(symbol); // the code generator's, in the data unit
    if (value.hasExternalWeakLinkage())
      index_.weak_undefined.push_back(symbol);
    else if (isa<Function>(value))
      index_.undefined_functions.push_back(symbol);
    else
      index_.undefined_data.push_back(symbol);
  }

  const DenseSet<const GlobalValue*>& locals_;
  const std::string suffix_;
  const StringSet<> section_bounds_;
  /// Declarations that the module defines by an ifunc or in assembly.
  StringSet<> resolved_by_ifunc_, in_assembly_;
  ModuleIndex& index_;
};

} // namespace

std::string name_of_data_around(const std::string& function) { return AJIT_INTERNAL_PREFIX "around$" + function; }

Expected<ModuleIndex> normalise(Module& module, unsigned ordinal) {
  ModuleIndex index;
  index.triple = module.getTargetTriple();
  Expected<ModuleAsm> read = read_module_asm(module);
  if (!read) return read.takeError();
  const ModuleAsm& assembly = *read;
  if (Error error = check_for_reserved_names(module, assembly)) return error;
  DenseSet<const GlobalValue*> locals;
  for (const GlobalValue& value : module.global_values())
    if (value.hasLocalLinkage()) locals.insert(&value);
  spell_out_suffixes(module);
  name_and_export_locals(module, assembly, ordinal);
  if (Error error = dissolve_aliases(module, index)) return error;
  if (Error error = replace_ifuncs(module, index)) return error;
  index.constructors = read_constructors(module);
  index.destructors = read_destructors(module);
  add_asm_symbols(module, assembly, index);
  Indexer indexer(module, assembly, locals, ordinal, index);
  for (GlobalObject& value : module.global_objects())
    if (!is_special(value)) indexer.add(value);
  mark_large_variables(module);
  index.runs_code_on_stacks = module.getFunction("llvm.init.trampoline") != nullptr;
  auto has_data_around = [](const FunctionEntry& function) { return function.prefix + function.prologue != 0; };
  index.has_data_unit =
      !index.data.empty() || !module.getModuleInlineAsm().empty() || any_of(index.functions, has_data_around);
  return index;
}

} // namespace ajit
