#include "module_copy.h"
#include "canonical_function.h"
#include "debug_info.h"
#include "error.h"
#include "foreign_labels.h"
#include "function_traits.h"
#include "loop_lines.h"
#include "module_source.h"
#include "normalise.h"
#include "reserved_names.h"
#include "yielded_definitions.h"

#include <llvm/Bitcode/BitcodeReader.h>
#include <llvm/IR/CFG.h>
#include <llvm/IR/Constants.h>
#include <llvm/IR/DebugInfo.h>
#include <llvm/IR/Module.h>
#include <llvm/Target/TargetMachine.h>

using namespace llvm;

namespace ajit {
namespace {

/// Whether data or a body that has been read holds labels of `function`.
bool is_known_for_labels(const Function& function) {
  return any_of(function.users(), [](const User* user) { return isa<BlockAddress>(user); });
}

/// Older producers leave out what LLVM now states about wide types, which does no harm. Byte order and pointers must be
/// the machine's.
bool is_compatible(const DataLayout& layout, const DataLayout& machine) {
  return layout.isBigEndian() == machine.isBigEndian() && layout.getPointerSize() == machine.getPointerSize() &&
         layout.getAllocaAddrSpace() == machine.getAllocaAddrSpace() &&
         layout.getProgramAddressSpace() == machine.getProgramAddressSpace();
}

} // namespace

ModuleCopy::ModuleCopy(const ModuleSource& source, std::unique_ptr<Module> module, ModuleIndex index,
                       std::unique_ptr<Canonicaliser> canonicaliser, DebugInfo debug_info)
    : source_(source), module_(std::move(module)), index_(std::move(index)), canonicaliser_(std::move(canonicaliser)),
      debug_info_(debug_info) {}

ModuleCopy::~ModuleCopy() = default;

Expected<std::unique_ptr<ModuleCopy>> ModuleCopy::load(const ModuleSource& source, unsigned ordinal,
                                                       LLVMContext& context, TargetMachine& machine,
                                                       DebugInfo debug_info) {
  // "Importing" makes the reader load metadata node by node through the module's metadata index instead of all at once.
  // It also makes declarations of C++ types, so a debugger gets the slow way.
  Expected<std::unique_ptr<Module>> module =
      getLazyBitcodeModule(source.bitcode(), context, /*ShouldLazyLoadMetadata=*/true,
                           /*IsImporting=*/debug_info == DebugInfo::drop);
  if (!module) return make_error("cannot read module: {}: {}", source.name(), one_line(module.takeError()));
  if (Error error = (*module)->materializeMetadata())
    return make_error("cannot read module: {}: {}", source.name(), one_line(std::move(error)));
  (*module)->setModuleIdentifier(source.name());
  if ((*module)->getTargetTriple().empty()) (*module)->setTargetTriple(machine.getTargetTriple().str());
  const DataLayout layout = machine.createDataLayout();
  if ((*module)->getDataLayout().isDefault()) (*module)->setDataLayout(layout);
  if (!is_compatible((*module)->getDataLayout(), layout))
    return make_typed<Refused>("wrong data layout: {}: {}, this machine's is {}", source.name(),
                               (*module)->getDataLayoutStr(), layout.getStringRepresentation());
  drop_internal_marks(**module);
  yield_definitions(**module, source.yielded());
  if (may_ask_for_frames(**module)) note_frame_readers(**module, source.frame_readers());
  Expected<ModuleIndex> index = normalise(**module, ordinal);
  if (!index) return make_error("cannot use module: {}: {}", source.name(), one_line(index.takeError()));
  if (debug_info == DebugInfo::keep) split_compile_units(**module);
  auto canonicaliser = std::make_unique<Canonicaliser>(**module, source, machine);
  return std::unique_ptr<ModuleCopy>(
      new ModuleCopy(source, std::move(*module), std::move(*index), std::move(canonicaliser), debug_info));
}

Error ModuleCopy::read(Function& function) {
  // A function that holds another's labels is a holder. The bitcode of a function names its holders, and LLVM's reader
  // reads them with it. But the reader fails where holders have holders in turn, as it adds to the list that it walks.
  // Only optimisers make holders.
  const bool optimised = !function.hasOptNone();
  auto others = make_filter_range(*module_, [&](const Function& other) { return &other != &function; });
  if (optimised && is_known_for_labels(function) && any_of(others, is_known_for_labels)) read_all_bodies(*module_);
  if (Error error = function.materialize()) return error;
  // O0 compiles what no verifier has seen (compile_unit.cpp). Of code with this fault it makes a stack that is never
  // aligned, and the fault shows elsewhere.
  if (!function.isDeclaration() && !pred_empty(&function.getEntryBlock()))
    return make_error("Entry block to function must not have predecessors!");
  // A holder names a label by the number of its block, so it must be read before any block is removed.
  const bool has_labels = any_of(function, [](const BasicBlock& block) { return block.hasAddressTaken(); });
  const bool may_have_unnamed_holders = optimised && has_labels && !source_.names_holders_of_labels();
  if (may_have_unnamed_holders || shares_labels(function)) read_all_bodies(*module_);
  return Error::success();
}

Expected<Function*> ModuleCopy::canonical(StringRef symbol) {
  Function* function = module_->getFunction(symbol);
  if (!function || (function->isDeclaration() && !function->isMaterializable())) return nullptr;
  auto [known, is_new] = done_.try_emplace(function);
  if (!is_new) return known->second ? Expected<Function*>(error_of(*known->second)) : function;
  if (Error error = read(*function)) {
    Failure refusal{fmt::format("invalid function: {}: {}: {}", module_->getModuleIdentifier(),
                                std::string_view(symbol), one_line(std::move(error))),
                    FailureKind::refused};
    done_[function] = refusal;
    return error_of(std::move(refusal));
  }
  if (std::vector<uint32_t> lines = ajit::loop_lines(*function); !lines.empty())
    loop_lines_[function] = std::move(lines);
  if (debug_info_ == DebugInfo::drop) stripDebugInfo(*function);
  canonicaliser_->run(*function);
  return function;
}

ArrayRef<uint32_t> ModuleCopy::loop_lines(Function& canonical) const {
  auto known = loop_lines_.find(&canonical);
  return known == loop_lines_.end() ? ArrayRef<uint32_t>() : ArrayRef(known->second);
}

} // namespace ajit
