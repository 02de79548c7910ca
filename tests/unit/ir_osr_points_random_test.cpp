//===- ir_osr_points_random_test.cpp - Points of random graphs, by the definitions --------------------------------===//
//
// Compares loops and their depths with LLVM's own analyses, and live values with the definition of liveness.
//
//===-------------------------------------------------------------------------------------------------------------===//
#include "flow_graph.h"
#include "ir_test_support.h"

#include <llvm/ADT/SmallPtrSet.h>
#include <llvm/Analysis/CFG.h>
#include <llvm/Analysis/LoopInfo.h>
#include <llvm/IR/Dominators.h>
#include <llvm/IR/IRBuilder.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Verifier.h>
#include <random>
#include <set>

namespace ajit::test {
namespace {

/// A function of `blocks` blocks with random edges, in which each block uses some values that dominate it.
llvm::Function& random_function(llvm::Module& module, unsigned blocks, std::mt19937& random) {
  using namespace llvm;
  LLVMContext& context = module.getContext();
  Type* number = Type::getInt64Ty(context);
  auto* function = Function::Create(FunctionType::get(number, {number}, false), Function::ExternalLinkage, "f", module);
  std::vector<BasicBlock*> list;
  for (unsigned i = 0; i != blocks; ++i)
    list.push_back(BasicBlock::Create(context, "b" + Twine(i), function));
  auto any = [&](size_t from) { return list[from + random() % (list.size() - from)]; };
  IRBuilder<> builder(context);
  for (BasicBlock* block : list) {
    builder.SetInsertPoint(block);
    if (random() % 8 == 0)
      builder.CreateRet(function->getArg(0));
    else if (random() % 3 == 0)
      builder.CreateBr(any(1));
    else
      builder.CreateCondBr(builder.CreateICmpEQ(function->getArg(0), builder.getInt64(random() % 5)), any(1), any(1));
  }
  DominatorTree dominators(*function);
  std::vector<Instruction*> values;
  for (BasicBlock* block : list) {
    if (!dominators.isReachableFromEntry(block)) continue;
    builder.SetInsertPoint(block->getTerminator());
    values.push_back(cast<Instruction>(builder.CreateAdd(function->getArg(0), builder.getInt64(values.size()))));
    if (block == list.front() || random() % 2) continue;
    builder.SetInsertPoint(block, block->begin());
    PHINode* phi = builder.CreatePHI(number, 2);
    for (BasicBlock* from : predecessors(block))
      phi->addIncoming(builder.getInt64(1), from);
    values.push_back(phi);
  }
  for (BasicBlock* block : list)
    for (Instruction* value : values)
      if (random() % 6 == 0 && value->getParent() != block && dominators.dominates(value, block->getTerminator())) {
        builder.SetInsertPoint(block->getTerminator());
        builder.CreateAdd(value, builder.getInt64(1));
      } else if (auto* phi = dyn_cast<PHINode>(&block->front()); phi && random() % 6 == 0) {
        unsigned which = random() % phi->getNumIncomingValues();
        BasicBlock* from = phi->getIncomingBlock(which);
        if (!dominators.dominates(value, from->getTerminator())) continue;
        for (unsigned i = 0; i != phi->getNumIncomingValues(); ++i)
          if (phi->getIncomingBlock(i) == from) phi->setIncomingValue(i, value);
      }
  return *function;
}

/// Liveness by definition: a path from just after the phis of `header` reaches a use of `value` without passing
/// `definition`.
bool is_live_after_phis(llvm::BasicBlock& header, llvm::Value& value, llvm::BasicBlock* definition) {
  using namespace llvm;
  SmallPtrSet<BasicBlock*, 16> seen;
  SmallVector<BasicBlock*> pending{&header};
  while (!pending.empty()) {
    BasicBlock* block = pending.pop_back_val();
    if (!seen.insert(block).second) continue;
    for (Instruction& instruction : make_range(block->getFirstNonPHIIt(), block->end()))
      if (is_contained(instruction.operands(), &value)) return true;
    for (BasicBlock* next : successors(block)) {
      for (PHINode& phi : next->phis())
        if (phi.getIncomingValueForBlock(block) == &value) return true;
      if (next != definition) pending.push_back(next);
    }
  }
  return false;
}

std::set<llvm::Value*> live_after_phis(llvm::BasicBlock& header) {
  using namespace llvm;
  std::set<Value*> live;
  DominatorTree dominators(*header.getParent());
  for (Argument& argument : header.getParent()->args())
    if (is_live_after_phis(header, argument, nullptr)) live.insert(&argument);
  for (BasicBlock& block : *header.getParent())
    for (Instruction& instruction : block)
      if ((&block == &header ? isa<PHINode>(instruction) : dominators.dominates(&block, &header)) &&
          is_live_after_phis(header, instruction, &block))
        live.insert(&instruction);
  return live;
}

std::string text_of(const llvm::Value& value) {
  std::string text;
  llvm::raw_string_ostream(text) << value;
  return text;
}

TEST(OsrPointsRandom, RandomGraphsHaveTheLoopsAndLiveValuesThatTheDefinitionsGive) {
  using namespace llvm;
  unsigned loops = 0;
  for (unsigned seed = 0; seed != 400; ++seed) {
    std::mt19937 random(seed);
    ParsedModule module("");
    Function& function = random_function(*module, 3 + random() % 24, random);
    ASSERT_FALSE(verifyFunction(function, &errs())) << seed;

    SmallVector<std::pair<const BasicBlock*, const BasicBlock*>> edges;
    FindFunctionBackedges(function, edges);
    std::set<const BasicBlock*> targets;
    for (auto [from, to] : edges)
      targets.insert(to);
    OsrPoints points = points_of(function);
    std::set<const BasicBlock*> headers;
    for (const OsrPoint& point : points.points)
      headers.insert(point.header);
    ASSERT_EQ(headers, targets) << seed;

    for (const OsrPoint& point : points.points) {
      std::set<Value*> found;
      for (const OsrValue& live : point.values)
        found.insert(live.value);
      std::set<Value*> expected = live_after_phis(*point.header);
      for (Value* value : expected)
        EXPECT_TRUE(found.contains(value)) << "seed " << seed << " lacks " << text_of(*value);
      for (Value* value : found)
        // A phi whose only user is itself counts as used.
        EXPECT_TRUE(expected.contains(value) || isa<PHINode>(value)) << "seed " << seed << " has " << text_of(*value);
      ++loops;
    }
  }
  EXPECT_GT(loops, 500u);
}

TEST(OsrPointsRandom, NestsAreThoseOfLoopInfoWhereAllLoopsHaveOneEntry) {
  using namespace llvm;
  unsigned compared = 0;
  for (unsigned seed = 0; seed != 600; ++seed) {
    std::mt19937 random(seed);
    ParsedModule module("");
    Function& function = random_function(*module, 3 + random() % 12, random);
    DominatorTree dominators(function);
    LoopInfo loops(dominators);
    FlowGraph graph(function);
    SmallVector<std::pair<const BasicBlock*, const BasicBlock*>> edges;
    FindFunctionBackedges(function, edges);
    if (!all_of(edges, [&](const auto& edge) { return dominators.dominates(edge.second, edge.first); })) continue;
    for (const FlowGraph::Header& header : graph.headers()) {
      EXPECT_EQ(header.depth, loops.getLoopDepth(header.block)) << seed;
      const Loop* around = loops.getLoopFor(header.block)->getParentLoop();
      EXPECT_EQ(header.around, around ? graph.number(around->getHeader()) : FlowGraph::unreachable) << seed;
      ++compared;
    }
  }
  EXPECT_GT(compared, 100u);
}

} // namespace
} // namespace ajit::test
