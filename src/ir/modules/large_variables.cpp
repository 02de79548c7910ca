#include "large_variables.h"

#include <initializer_list>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/IR/DataLayout.h>
#include <llvm/IR/GlobalVariable.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/MathExtras.h>
#include <llvm/TargetParser/Triple.h>
#include <optional>
#include <utility>

using namespace llvm;

namespace ajit {
namespace {

struct Sized {
  GlobalVariable* variable;
  uint64_t size;
};

/// Whether the code generator treats the variable as large, as the program asks for it.
bool is_large(const GlobalVariable& variable) {
  if (variable.isThreadLocal()) return false;
  if (std::optional<CodeModel::Model> model = variable.getCodeModel()) return *model == CodeModel::Large;
  return any_of(std::initializer_list<StringRef>{".lbss", ".ldata", ".lrodata"},
                [&](StringRef prefix) { return variable.getSection().starts_with(prefix); });
}

bool takes_static_memory(const GlobalVariable& variable) {
  return !variable.isDeclarationForLinker() && !variable.isThreadLocal() && !variable.getName().starts_with("llvm.");
}

/// The variables that may be marked, and the size of all variables.
std::pair<SmallVector<Sized>, uint64_t> sized_variables(Module& module) {
  const DataLayout& layout = module.getDataLayout();
  SmallVector<Sized> movable;
  uint64_t total = 0;
  for (GlobalVariable& variable : module.globals()) {
    if (!takes_static_memory(variable)) continue;
    const uint64_t size = layout.getTypeAllocSize(variable.getValueType());
    total = SaturatingAdd(total, size);
    if (!variable.hasSection()) movable.push_back({&variable, size});
  }
  return {std::move(movable), total};
}

uint64_t sum_from(ArrayRef<Sized> variables, uint64_t limit) {
  uint64_t sum = 0;
  for (const Sized& one : variables)
    if (one.size >= limit) sum = SaturatingAdd(sum, one.size);
  return sum;
}

} // namespace

void mark_large_variables(Module& module) {
  if (Triple(module.getTargetTriple()).getArch() != Triple::x86_64) return;
  for (GlobalVariable& variable : module.globals())
    if (is_large(variable)) variable.setDSOLocal(false);
  const auto [movable, total] = sized_variables(module);
  if (total <= small_data_limit) return;
  uint64_t limit = small_data_limit;
  while (limit > 1 && total - sum_from(movable, limit) > small_data_limit)
    limit /= 2;
  for (const Sized& one : movable) {
    if (one.size < limit) continue;
    one.variable->setCodeModel(CodeModel::Large);
    one.variable->setDSOLocal(false);
  }
}

} // namespace ajit
