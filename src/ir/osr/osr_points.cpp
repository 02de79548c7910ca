#include "osr_points.h"
#include "flow_graph.h"
#include "function_traits.h"
#include "live_values.h"
#include "osr_exclusion.h"

#include <llvm/ADT/SetVector.h>
#include <llvm/Analysis/ValueTracking.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/DataLayout.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/IntrinsicInst.h>
#include <llvm/IR/Module.h>

using namespace llvm;

namespace ajit {
namespace {

/// Collects `value` and, looking through phis and selects, every value that it may be.
void collect_choices(Value& value, SetVector<Value*>& choices) {
  SmallVector<Value*> pending{&value};
  while (!pending.empty()) {
    Value* next = pending.pop_back_val();
    if (!choices.insert(next)) continue;
    if (auto* phi = dyn_cast<PHINode>(next)) append_range(pending, phi->incoming_values());
    if (auto* select = dyn_cast<SelectInst>(next)) pending.append({select->getTrueValue(), select->getFalseValue()});
  }
}

/// FNV-1a over 64-bit words.
class LayoutHash {
public:
  void add(uint64_t word) { state_ = (state_ ^ word) * 0x100000001b3; }
  uint64_t value() const { return state_; }

private:
  uint64_t state_ = 0xcbf29ce484222325;
};

class PointFinder {
public:
  PointFinder(Function& function, const FunctionTraits& traits, const FlowGraph& graph, OsrPoints& result)
      : function_(function), traits_(traits), graph_(graph), result_(result),
        live_(graph, [this](uint32_t header, Value& value, uint32_t ordinal) { found(header, value, ordinal); }),
        layout_(function.getParent()->getDataLayout()) {}

  void run() {
    for (const FlowGraph::Header& header : graph_.headers()) {
      describe_loop(header, result_.points.emplace_back());
      if (header.block->isEHPad()) exclude(result_.points.size() - 1, "the loop header is an exception handler");
    }
    if (std::string why = osr_exclusion(function_, traits_); !why.empty()) return exclude_all(why);
    scan();
    if (!obstacle_.empty()) return exclude_all(obstacle_);
    note_labels();
    note_saved_stacks();
    live_.finish();
    exclude_ways_to(variadic_starts_, "the loop leads to va_start");
    exclude_ways_to(guaranteed_tail_calls_, "the loop leads to a guaranteed tail call");
    exclude_ways_to(lost_restores_, "the loop leads to a stackrestore whose stacksave cannot be found");
    for (size_t i = 0; i != result_.points.size(); ++i)
      if (result_.loops[i].excluded.empty()) lay_out(i);
    collect_allocas();
  }

private:
  void exclude(size_t loop, StringRef why) {
    if (result_.loops[loop].excluded.empty()) result_.loops[loop].excluded = why.str();
  }

  void exclude_all(StringRef why) {
    for (size_t i = 0; i != result_.loops.size(); ++i)
      exclude(i, why);
  }

  void describe_loop(const FlowGraph::Header& header, OsrPoint& point) const {
    point.header = header.block;
    for (BasicBlock* source : predecessors(header.block))
      // The depth-first search finishes a latch before it finishes the header.
      if (uint32_t number = graph_.number(source); number <= header.number && !is_contained(point.latches, source))
        point.latches.push_back(source);
    if (isa<IndirectBrInst>(header.block->getTerminator())) return collect_targets(header, point);
    auto* branch = dyn_cast<BranchInst>(header.block->getTerminator());
    if (!branch || !branch->isConditional() || !can_be_repeated(*header.block)) return;
    BasicBlock* first = branch->getSuccessor(0);
    BasicBlock* second = branch->getSuccessor(1);
    bool first_stays = graph_.loop_contains(header.number, graph_.number(first));
    if (first_stays != graph_.loop_contains(header.number, graph_.number(second)))
      point.body = first_stays ? first : second;
  }

  void collect_targets(const FlowGraph::Header& header, OsrPoint& point) const {
    if (!can_be_repeated(*header.block)) return;
    SmallSetVector<BasicBlock*, 16> targets;
    for (BasicBlock* target : successors(header.block)) {
      if (!graph_.loop_contains(header.number, graph_.number(target))) continue;
      if (target->getUniquePredecessor() != header.block) return;
      targets.insert(target);
    }
    point.targets.assign(targets.begin(), targets.end());
  }

  static bool can_be_repeated(const BasicBlock& block) {
    return none_of(block, [](const Instruction& instruction) {
      auto* load = dyn_cast<LoadInst>(&instruction);
      return isa<AllocaInst>(instruction) || instruction.mayHaveSideEffects() || (load && !load->isUnordered());
    });
  }

  /// Excludes the loops from which one of `blocks` can be reached.
  void exclude_ways_to(ArrayRef<uint32_t> blocks, StringRef why) {
    if (blocks.empty()) return;
    BitVector seen(graph_.size());
    SmallVector<uint32_t> pending(blocks);
    while (!pending.empty()) {
      uint32_t block = pending.pop_back_val();
      if (seen.test(block)) continue;
      seen.set(block);
      append_range(pending, graph_.predecessors(block));
    }
    for (auto [i, header] : enumerate(graph_.headers()))
      if (seen.test(header.number)) exclude(i, why);
  }

  /// Looks at each reachable instruction once.
  void scan() {
    uint32_t ordinal = 0;
    for (Argument& argument : function_.args())
      live_.add(argument, nullptr, ordinal++);
    uint32_t next_header = 0;
    for (BasicBlock& block : function_) {
      uint32_t number = graph_.number(&block);
      bool is_header = next_header != result_.points.size() && result_.points[next_header].header == &block;
      for (Instruction& instruction : block) {
        ++ordinal;
        if (number == FlowGraph::unreachable) continue;
        note(instruction, number);
        if (instruction.use_empty() || instruction.getType()->isVoidTy()) continue;
        live_.add(instruction, &block, ordinal);
        if (is_header && isa<PHINode>(instruction)) found(next_header, instruction, ordinal);
      }
      next_header += is_header;
    }
  }

  void note(Instruction& instruction, uint32_t block) {
    switch (instruction.getOpcode()) {
    case Instruction::IndirectBr:
      jumps_.push_back(&instruction);
      return;
    case Instruction::Call:
      if (auto* intrinsic = dyn_cast<IntrinsicInst>(&instruction)) {
        if (intrinsic->getIntrinsicID() == Intrinsic::vastart) variadic_starts_.push_back(block);
        if (intrinsic->getIntrinsicID() == Intrinsic::stackrestore) restores_.push_back({intrinsic, block});
      } else if (cast<CallInst>(instruction).isMustTailCall()) {
        guaranteed_tail_calls_.push_back(block);
      }
      break;
    case Instruction::Alloca:
    case Instruction::CallBr:
      break;
    default:
      return;
    }
    if (const char* why = osr_exclusion(instruction)) obstacle_ = why;
  }

  void note_labels() {
    SmallPtrSet<BasicBlock*, 16> targets;
    for (Instruction* jump : jumps_) {
      collect_choices(*cast<IndirectBrInst>(jump)->getAddress(), labels_);
      targets.insert(succ_begin(jump), succ_end(jump));
    }
    if (targets.empty()) return;
    for (BasicBlock& block : function_)
      if (targets.contains(&block)) result_.labels.push_back(&block);
  }

  void note_saved_stacks() {
    for (auto [restore, block] : restores_) {
      SetVector<Value*> choices;
      collect_choices(*restore->getArgOperand(0), choices);
      bool is_known = all_of(choices, [](Value* value) {
        auto* intrinsic = dyn_cast<IntrinsicInst>(value);
        return isa<PHINode, SelectInst, UndefValue>(value) ||
               (intrinsic && intrinsic->getIntrinsicID() == Intrinsic::stacksave);
      });
      if (is_known)
        saved_stacks_.insert(choices.begin(), choices.end());
      else
        lost_restores_.push_back(block);
    }
  }

  /// Records that `value` is live at the header of loop `index`. Phis of the header come in the order of their
  /// ordinals, and so do the other values.
  void found(uint32_t index, Value& value, uint32_t ordinal) {
    OsrPoint& point = result_.points[index];
    if (auto* alloca = dyn_cast<AllocaInst>(&value); alloca && alloca->isStaticAlloca())
      point.allocas.push_back(alloca);
    else
      point.values.push_back({&value, ordinal, 0, false});
  }

  void lay_out(size_t index) {
    OsrPoint& point = result_.points[index];
    LayoutHash hash;
    // The scan found the header's phis before live_ reported the values that are live into the header.
    sort(point.values, [](const OsrValue& a, const OsrValue& b) { return a.ordinal < b.ordinal; });
    erase_if(point.values, [&](const OsrValue& live) {
      if (!saved_stacks_.contains(live.value)) return false;
      point.saved_stacks.push_back(cast<Instruction>(live.value));
      return true;
    });
    for (OsrValue& live : point.values) {
      Type* type = live.value->getType();
      if (!can_be_transferred(type))
        return exclude(index, "a live value of the loop has a type that cannot be stored in memory");
      if (!result_.labels.empty() && points_into_label_table(*live.value))
        return exclude(index, "the loop holds a pointer into a table of label addresses");
      live.is_label = labels_.contains(live.value);
      point.has_labels |= live.is_label;
      live.offset = offset_of(*live.value);
      if (result_.buffer_bytes > most_buffer_bytes)
        return exclude(index, "the live values of the function's loops take more than 64 KiB");
      hash.add(uint64_t{live.ordinal} << 32 | live.offset);
      hash.add(layout_.getTypeAllocSize(type) << 9 | uint64_t{live.is_label} << 8 | type->getTypeID());
    }
    if (point.has_labels && result_.labels_offset == 0) result_.labels_offset = make_room(8, Align(8));
    hash.add(uint64_t{point.saved_stacks.size()} << 32 | result_.labels.size());
    result_.loops[index].layout = hash.value();
  }

  uint32_t make_room(uint64_t size, Align align) {
    uint64_t offset = alignTo(result_.buffer_bytes, align);
    result_.buffer_bytes = static_cast<uint32_t>(std::min<uint64_t>(offset + size, UINT32_MAX));
    return static_cast<uint32_t>(offset);
  }

  uint32_t offset_of(const Value& value) {
    auto [known, is_new] = offsets_.try_emplace(&value);
    Type* type = value.getType();
    if (is_new)
      known->second =
          make_room(layout_.getTypeAllocSize(type), std::min(layout_.getABITypeAlign(type), Align(osr_buffer_align)));
    return known->second;
  }

  void collect_allocas() {
    SetVector<AllocaInst*> needed;
    for (auto [point, loop] : zip(result_.points, result_.loops))
      if (loop.excluded.empty()) needed.insert(point.allocas.begin(), point.allocas.end());
    result_.allocas.assign(needed.begin(), needed.end());
    LayoutHash hash;
    for (AllocaInst* alloca : result_.allocas) {
      std::optional<TypeSize> size = alloca->getAllocationSize(layout_);
      hash.add(size ? size->getKnownMinValue() : 0);
    }
    for (LoopFacts& loop : result_.loops)
      if (loop.excluded.empty()) loop.layout ^= hash.value();
  }

  bool points_into_label_table(const Value& value) const {
    if (!value.getType()->isPtrOrPtrVectorTy()) return false;
    auto* table = dyn_cast<GlobalVariable>(getUnderlyingObject(&value, /*MaxLookup=*/0));
    return table && is_contained(traits_.label_tables, table);
  }

  /// Limited, because the buffer is part of every frame of the function.
  static constexpr uint64_t most_buffer_bytes = 1 << 16;

  Function& function_;
  const FunctionTraits& traits_;
  const FlowGraph& graph_;
  OsrPoints& result_;
  LiveValues live_;
  const DataLayout& layout_;
  std::string obstacle_;
  SmallVector<Instruction*> jumps_;
  SmallVector<std::pair<IntrinsicInst*, uint32_t>> restores_;
  SmallVector<uint32_t> variadic_starts_, guaranteed_tail_calls_, lost_restores_; ///< numbers of blocks
  DenseMap<const Value*, uint32_t> offsets_;
  SetVector<Value*> labels_;
  SmallPtrSet<Value*, 8> saved_stacks_;
};

void describe_nests(ArrayRef<FlowGraph::Header> headers, std::vector<LoopFacts>& loops) {
  SmallDenseMap<uint32_t, uint32_t> indices;
  for (auto [index, header] : enumerate(headers))
    indices.try_emplace(header.number, index);
  for (const FlowGraph::Header& header : headers) {
    LoopFacts& loop = loops.emplace_back();
    loop.depth = header.depth;
    if (header.around != FlowGraph::unreachable) loop.around = indices.at(header.around);
  }
}

} // namespace

OsrPoints find_osr_points(Function& canonical, const FunctionTraits& traits) {
  OsrPoints result;
  FlowGraph graph(canonical);
  describe_nests(graph.headers(), result.loops);
  if (!graph.headers().empty()) PointFinder(canonical, traits, graph, result).run();
  return result;
}

} // namespace ajit
