#include "initialisers.h"

#include <algorithm>
#include <llvm/ADT/StringRef.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/Module.h>
#include <map>
#include <optional>

using namespace llvm;

namespace ajit {
namespace {

constexpr uint32_t default_priority = 65535;

void add_listed(const Module& module, StringRef name, std::vector<Initialiser>& result) {
  const GlobalVariable* list = module.getNamedGlobal(name);
  if (!list || !list->hasInitializer()) return;
  auto* entries = dyn_cast<ConstantArray>(list->getInitializer());
  if (!entries) return;
  for (const Use& entry : entries->operands()) {
    auto* fields = cast<ConstantStruct>(entry);
    auto* function = dyn_cast<Function>(fields->getOperand(1)->stripPointerCasts());
    if (!function) continue;
    auto priority = static_cast<uint32_t>(cast<ConstantInt>(fields->getOperand(0))->getZExtValue());
    result.push_back({priority, function->getName().str()});
  }
}

/// Appends the functions that `value` holds, in its order. `value` is a pointer or an aggregate of pointers.
void collect_functions(const Constant& value, std::vector<const Function*>& functions) {
  if (auto* function = dyn_cast<Function>(value.stripPointerCasts())) {
    functions.push_back(function);
    return;
  }
  if (!isa<ConstantAggregate>(value)) return;
  for (const Use& part : value.operands())
    collect_functions(*cast<Constant>(part), functions);
}

/// The priority that `section` gives its entries, if it is `name` or `name.<number>`. Numbers of .ctors and .dtors
/// count down.
std::optional<uint32_t> priority_in(StringRef section, StringRef name, bool counts_down) {
  if (!section.consume_front(name)) return std::nullopt;
  if (section.empty()) return default_priority;
  uint32_t number = 0;
  if (!section.consume_front(".") || section.getAsInteger(10, number) || number > default_priority) return std::nullopt;
  return counts_down ? default_priority - number : number;
}

void add_placed(const Module& module, StringRef name, bool counts_down, std::vector<Initialiser>& result) {
  for (const GlobalVariable& variable : module.globals()) {
    if (!variable.hasInitializer() || variable.isDeclarationForLinker()) continue;
    std::optional<uint32_t> priority = priority_in(variable.getSection(), name, counts_down);
    if (!priority) continue;
    std::vector<const Function*> functions;
    collect_functions(*variable.getInitializer(), functions);
    // Start-up code walks the old sections from their ends.
    if (counts_down) std::reverse(functions.begin(), functions.end());
    for (const Function* function : functions)
      result.push_back({*priority, function->getName().str()});
  }
}

/// Sorts by priority. Entries of equal priority stay in module order, which is the linker's.
std::vector<Initialiser> in_order(std::vector<Initialiser> entries) {
  std::multimap<uint32_t, Initialiser> by_priority;
  for (Initialiser& entry : entries)
    by_priority.emplace(entry.priority, std::move(entry));
  entries.clear();
  for (auto& [priority, entry] : by_priority)
    entries.push_back(std::move(entry));
  return entries;
}

} // namespace

std::vector<Initialiser> read_constructors(const Module& module) {
  std::vector<Initialiser> result, first;
  add_placed(module, ".preinit_array", /*counts_down=*/false, first);
  add_placed(module, ".init_array", /*counts_down=*/false, result);
  add_placed(module, ".ctors", /*counts_down=*/true, result);
  add_listed(module, "llvm.global_ctors", result);
  result = in_order(std::move(result));
  result.insert(result.begin(), first.begin(), first.end());
  return result;
}

std::vector<Initialiser> read_destructors(const Module& module) {
  std::vector<Initialiser> result;
  add_placed(module, ".fini_array", /*counts_down=*/false, result);
  add_placed(module, ".dtors", /*counts_down=*/true, result);
  add_listed(module, "llvm.global_dtors", result);
  return in_order(std::move(result));
}

} // namespace ajit
