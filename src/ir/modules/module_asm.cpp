#include "module_asm.h"
#include "diagnostic_scope.h"
#include "error.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/IR/Module.h>
#include <llvm/Object/ModuleSymbolTable.h>

using namespace llvm;

namespace ajit {
namespace {

bool is_symbol(StringRef text) {
  return !text.empty() && !isDigit(text[0]) &&
         all_of(text, [](char c) { return isAlnum(c) || c == '_' || c == '.' || c == '$'; });
}

/// The name and the value of a statement that gives a symbol the value of another.
std::pair<StringRef, StringRef> assignment(StringRef statement) {
  statement = statement.trim();
  for (StringRef directive : {".set", ".equ", ".equiv"}) {
    StringRef rest = statement;
    if (!rest.consume_front(directive) || rest.empty() || !isSpace(rest[0])) continue;
    auto [name, value] = rest.split(',');
    return {name.trim(), value.trim()};
  }
  auto [name, value] = statement.split('=');
  return {name.trim(), value.trim()};
}

void read_assignments(StringRef text, ModuleAsm& result) {
  SmallVector<StringRef> statements;
  text.split(statements, '\n');
  for (StringRef line : statements) {
    SmallVector<StringRef> parts;
    line.split(parts, ';');
    for (StringRef part : parts) {
      auto [name, target] = assignment(part);
      if (is_symbol(name) && is_symbol(target) && result.defined.contains(name) && !result.defined.contains(target))
        result.assigned.emplace_back(name, target);
    }
  }
}

} // namespace

Expected<ModuleAsm> read_module_asm(const Module& module) {
  ModuleAsm result;
  if (module.getModuleInlineAsm().empty()) return result;
  DiagnosticScope diagnostics(module.getContext());
  ModuleSymbolTable::CollectAsmSymbols(module, [&](StringRef name, object::BasicSymbolRef::Flags flags) {
    if (flags & object::BasicSymbolRef::SF_Undefined) {
      result.referred.insert(name);
      return;
    }
    result.defined.insert(name);
    if (!(flags & (object::BasicSymbolRef::SF_Global | object::BasicSymbolRef::SF_Weak))) result.local.insert(name);
  });
  if (!diagnostics.error().empty()) return make_error("module-level assembly: {}", diagnostics.error());
  read_assignments(module.getModuleInlineAsm(), result);
  for (const auto& [name, target] : result.assigned) {
    result.defined.erase(name);
    result.referred.insert(target);
  }
  return result;
}

} // namespace ajit
