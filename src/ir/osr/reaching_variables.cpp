#include "reaching_variables.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/MapVector.h>
#include <llvm/ADT/PostOrderIterator.h>
#include <llvm/IR/BasicBlock.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/DebugProgramInstruction.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/Instruction.h>

using namespace llvm;

namespace ajit {
namespace {

/// The last record of each variable; null if it cannot be used or if paths disagree.
using Places = MapVector<DebugVariableAggregate, DbgVariableRecord*>;

void pass_through(BasicBlock& block, Places& places) {
  for (Instruction& instruction : block)
    for (DbgVariableRecord& record : filterDbgVars(instruction.getDbgRecordRange())) {
      bool usable = (record.isDbgDeclare() || record.isDbgValue()) && !record.hasArgList() &&
                    !record.getExpression()->isFragment();
      places[DebugVariableAggregate(&record)] = usable ? &record : nullptr;
    }
}

/// What holds at the end of all predecessors of `block`. Ignores those that are not in `ends` yet.
Places meet(BasicBlock& block, const DenseMap<BasicBlock*, Places>& ends) {
  std::optional<Places> common;
  for (BasicBlock* predecessor : predecessors(&block)) {
    auto end = ends.find(predecessor);
    if (end == ends.end()) continue;
    if (!common) {
      common = end->second;
      continue;
    }
    for (auto& [variable, record] : *common)
      if (end->second.lookup(variable) != record) record = nullptr;
    for (const auto& [variable, record] : end->second)
      common->insert({variable, nullptr}); // keeps an existing entry
  }
  return common ? std::move(*common) : Places();
}

bool is_same(const Places& one, const Places& other) {
  return one.size() == other.size() && all_of(one, [&](const auto& entry) {
           auto found = other.find(entry.first);
           return found != other.end() && found->second == entry.second;
         });
}

} // namespace

SmallVector<DbgVariableRecord*> reaching_variables(BasicBlock& block) {
  SmallVector<DbgVariableRecord*> result;
  Function& function = *block.getParent();
  if (!function.getSubprogram()) return result;
  ReversePostOrderTraversal<Function*> order(&function);
  DenseMap<BasicBlock*, Places> ends;
  // Once a block has been visited, later rounds can only remove its places, so this ends.
  for (bool changed = true; changed;) {
    changed = false;
    for (BasicBlock* next : order) {
      Places places = meet(*next, ends);
      pass_through(*next, places);
      auto [end, is_new] = ends.try_emplace(next);
      if (!is_new && is_same(end->second, places)) continue;
      end->second = std::move(places);
      changed = true;
    }
  }
  for (const auto& [variable, record] : meet(block, ends))
    if (record) result.push_back(record);
  return result;
}

} // namespace ajit
