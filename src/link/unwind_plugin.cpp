#include "unwind_plugin.h"

#include "frame_record.h"
#include "unwind_registration.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/ExecutionEngine/JITLink/EHFrameSupport.h>
#include <llvm/ExecutionEngine/JITLink/JITLink.h>
#include <llvm/ExecutionEngine/JITLink/x86_64.h>
#include <llvm/Support/Endian.h>

#include <tuple>
#include <vector>

namespace ajit {
namespace {

using llvm::jitlink::Block;
using llvm::jitlink::Edge;
using llvm::jitlink::LinkGraph;
using llvm::jitlink::Section;
using llvm::jitlink::Symbol;
using llvm::orc::ExecutorAddr;
using llvm::orc::MemProt;

namespace x86_64 = llvm::jitlink::x86_64;

LLVM_ENABLE_BITMASK_ENUMS_IN_NAMESPACE();

/// A range of code that has one name, or one FDE, or both.
struct Piece {
  ExecutorAddr start;
  uint64_t size = 0;
  const void* fde = nullptr;
  llvm::StringRef name = {};
  CodeKind kind = CodeKind::other;

  ExecutorAddr end() const { return start + size; }
};

bool is_executable(const Section& section) { return (section.getMemProt() & MemProt::Exec) != MemProt::None; }

/// In an FDE the start of the code is a relocated field; the code's size is the next field, of the same width.
Piece piece_of_fde(const Block& fde, const Edge& start) {
  const bool is_narrow = start.getKind() == x86_64::Delta32 || start.getKind() == x86_64::Pointer32;
  const std::size_t width = is_narrow ? 4 : 8;
  const char* size = fde.getContent().data() + start.getOffset() + width;
  return {.start = start.getTarget().getAddress() + start.getAddend(),
          .size = is_narrow ? llvm::support::endian::read32le(size) : llvm::support::endian::read64le(size),
          .fde = fde.getAddress().toPtr<const void*>()};
}

void collect_fdes(LinkGraph& graph, std::vector<Piece>& pieces) {
  Section* section = graph.findSectionByName(".eh_frame");
  if (!section) return;
  for (Block* block : section->blocks()) {
    const auto record = llvm::jitlink::EHFrameCFIBlockInspector::FromEdgeScan(*block);
    if (!record.isFDE()) continue;
    Piece piece = piece_of_fde(*block, *record.getPCBeginEdge());
    if (piece.size != 0) pieces.push_back(piece);
  }
}

/// Which of several symbols at one address gives the name: a function's before a label's, a global before a local one.
bool is_better_name(const Symbol& symbol, const Symbol& than) {
  const auto rank = [](const Symbol& of) { return std::make_tuple(!of.isCallable(), of.getScope(), of.getName()); };
  return rank(symbol) < rank(than);
}

using NamesByAddress = llvm::DenseMap<ExecutorAddr, const Symbol*>;

NamesByAddress collect_names(Section& section) {
  NamesByAddress names;
  for (const Symbol* symbol : section.symbols()) {
    if (!symbol->hasName()) continue;
    const Symbol*& best = names[symbol->getAddress()];
    if (!best || is_better_name(*symbol, *best)) best = symbol;
  }
  return names;
}

/// Collects code without an FDE: functions that the unwinder cannot pass, by their symbols, and the linker's own jumps.
void collect_uncovered(Section& section, const NamesByAddress& names, std::vector<Piece>& pieces) {
  if (section.getName() == x86_64::PLTTableManager::getSectionName()) {
    const llvm::jitlink::SectionRange range(section);
    if (range.getSize() != 0)
      pieces.push_back({range.getStart(), range.getSize(), frameless_fde(), "(jump to a library)", CodeKind::linkage});
    return;
  }
  for (const auto& [address, symbol] : names)
    if (symbol->isCallable() && symbol->getSize() != 0) pieces.push_back({.start = address, .size = symbol->getSize()});
}

/// Sorts, and cuts down to pieces that do not overlap. An FDE wins over a symbol inside its range.
void make_disjoint(std::vector<Piece>& pieces) {
  llvm::sort(pieces, [](const Piece& left, const Piece& right) {
    return std::make_tuple(left.start, !left.fde) < std::make_tuple(right.start, !right.fde);
  });
  std::vector<Piece> kept;
  for (const Piece& piece : pieces) {
    if (!kept.empty() && piece.start < kept.back().end()) {
      if (kept.back().fde || piece.start == kept.back().start) continue;
      kept.back().size = piece.start - kept.back().start;
    }
    kept.push_back(piece);
  }
  pieces = std::move(kept);
}

} // namespace

llvm::Error register_code(LinkGraph& graph, PcMap& map, const LabelCode& label) {
  std::vector<Piece> pieces;
  collect_fdes(graph, pieces);
  NamesByAddress names;
  for (Section& section : graph.sections()) {
    if (!is_executable(section)) continue;
    const NamesByAddress section_names = collect_names(section);
    collect_uncovered(section, section_names, pieces);
    names.insert(section_names.begin(), section_names.end());
  }
  make_disjoint(pieces);

  for (Piece& piece : pieces) {
    CodeLabel label_of_piece{.kind = piece.kind};
    if (const Symbol* symbol = names.lookup(piece.start); symbol && piece.name.empty()) {
      const KnownCode known = label(symbol->getName());
      piece.name = known.name.empty() ? symbol->getName() : known.name;
      label_of_piece = known.label;
    }
    const AddressRange code{piece.start.toPtr<std::byte*>(), static_cast<std::size_t>(piece.size)};
    if (llvm::Error error = map.add(code, label_of_piece, piece.name, piece.fde).takeError()) return error;
  }
  return llvm::Error::success();
}

void UnwindPlugin::modifyPassConfig(llvm::orc::MaterializationResponsibility&, LinkGraph&,
                                    llvm::jitlink::PassConfiguration& passes) {
  passes.PostFixupPasses.push_back([this](LinkGraph& graph) { return register_code(graph, map_, label_); });
}

void add_unwind_plugins(llvm::orc::ObjectLinkingLayer& layer, llvm::orc::ExecutionSession& session, PcMap& map,
                        LabelCode label) {
  layer.addPlugin(std::make_shared<UnwindPlugin>(map, std::move(label)));
  if (unwinder_asks_us()) return;
  layer.addPlugin(std::make_shared<llvm::orc::EHFrameRegistrationPlugin>(
      session, std::make_unique<llvm::jitlink::InProcessEHFrameRegistrar>()));
}

} // namespace ajit
