#include "loop_lines.h"
#include "flow_graph.h"

#include <llvm/IR/CFG.h>
#include <llvm/IR/DebugInfoMetadata.h>
#include <llvm/IR/Function.h>
#include <llvm/IR/Instructions.h>

using namespace llvm;

namespace ajit {
namespace {

/// A front-end that describes a loop puts the place where it begins first.
uint32_t described_line(const Instruction& latch) {
  const MDNode* loop = latch.getMetadata(LLVMContext::MD_loop);
  if (!loop) return 0;
  for (const MDOperand& operand : loop->operands())
    if (auto* location = dyn_cast_or_null<DILocation>(operand.get())) return location->getLine();
  return 0;
}

uint32_t line_of(const BasicBlock& header, uint32_t number, const FlowGraph& graph) {
  for (const BasicBlock* source : predecessors(&header)) {
    uint32_t from = graph.number(source);
    // A header's latches are those predecessors that the depth-first search finishes before it.
    if (from == FlowGraph::unreachable || from > number) continue;
    if (uint32_t line = described_line(*source->getTerminator())) return line;
  }
  for (const Instruction& instruction : header)
    if (const DebugLoc& location = instruction.getDebugLoc(); location && location.getLine() != 0)
      return location.getLine();
  return 0;
}

} // namespace

std::vector<uint32_t> loop_lines(Function& function) {
  std::vector<uint32_t> lines;
  if (!function.getSubprogram()) return lines;
  FlowGraph graph(function);
  for (const FlowGraph::Header& header : graph.headers())
    lines.push_back(line_of(*header.block, header.number, graph));
  return lines;
}

} // namespace ajit
