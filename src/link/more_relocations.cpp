#include "more_relocations.h"
#include "error.h"

#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/STLExtras.h>
#include <llvm/BinaryFormat/ELF.h>
#include <llvm/ExecutionEngine/JITLink/x86_64.h>
#include <llvm/Object/ELF.h>
#include <llvm/Support/MathExtras.h>

using namespace llvm;
using namespace llvm::jitlink;

namespace ajit {
namespace {

using Elf = object::ELF64LE;
using orc::ExecutorAddr;

/// The addend of the first noted relocation; the others follow. No program has such offsets.
constexpr int64_t first_mark = 0x2a7175'0000'000000;

bool is_known_to_jitlink(uint32_t type) {
  switch (type) {
  case ELF::R_X86_64_TPOFF32:
  case ELF::R_X86_64_TPOFF64:
  case ELF::R_X86_64_GOTTPOFF:
  case ELF::R_X86_64_TLSGD:
  case ELF::R_X86_64_TLSLD:
  case ELF::R_X86_64_DTPOFF32:
  case ELF::R_X86_64_DTPOFF64:
  case ELF::R_X86_64_SIZE32:
  case ELF::R_X86_64_SIZE64:
  case ELF::R_X86_64_PLTOFF64:
  case ELF::R_X86_64_GOTPLT64:
  case ELF::R_X86_64_PC16:
    return false;
  default:
    return true; // or refused, with its name
  }
}

bool measures_from_got(uint32_t type) {
  return type == ELF::R_X86_64_GOTPC32 || type == ELF::R_X86_64_GOTPC64 || type == ELF::R_X86_64_GOTOFF64 ||
         type == ELF::R_X86_64_PLTOFF64;
}

void note_in_section(MutableArrayRef<Elf::Rela> table, NotedRelocations& noted) {
  for (Elf::Rela& entry : table) {
    const uint32_t type = entry.getType(/*isMips64EL=*/false);
    noted.measures_from_got |= measures_from_got(type);
    if (is_known_to_jitlink(type)) continue;
    const int64_t mark = first_mark + static_cast<int64_t>(noted.relocations.size());
    noted.relocations.push_back({type, entry.r_addend});
    entry.setType(ELF::R_X86_64_64, /*IsMips64EL=*/false);
    entry.r_addend = mark;
  }
}

/// Puts the noted relocations of one graph in their places.
class GraphRelocations {
public:
  GraphRelocations(std::shared_ptr<const NotedRelocations> noted, ThreadLocalPlaces* places)
      : noted_(std::move(noted)), places_(places) {}

  /// Before JITLink looks for what the edges need.
  Error restore(LinkGraph& graph) {
    SmallVector<std::pair<Block*, Edge*>> marked;
    for (Block* block : graph.blocks())
      for (Edge& edge : block->edges())
        if (is_marked(edge)) marked.emplace_back(block, &edge);
    for (auto [block, edge] : marked)
      if (Error error = restore(graph, *block, *edge)) return error;
    for (auto [block, symbol] : kept_)
      block->addEdge(Edge::KeepAlive, 0, *symbol, 0);
    return Error::success();
  }

  /// When JITLink has made the GOT, if there are entries.
  Error make_got(LinkGraph& graph) {
    const StringRef name = x86_64::GOTTableManager::getSectionName();
    if (!noted_->measures_from_got) return Error::success();
    Section* got = graph.findSectionByName(name); // empty if edges measure from it and nothing is in it
    if (got && !got->blocks().empty()) return Error::success();
    if (!got) got = &graph.createSection(name, orc::MemProt::Read);
    Block& block = graph.createZeroFillBlock(*got, 8, ExecutorAddr(), 8, 0);
    graph.addAnonymousSymbol(block, 0, 8, /*IsCallable=*/false, /*IsLive=*/true);
    return Error::success();
  }

  /// When all addresses are known.
  Error complete(LinkGraph& graph) {
    if (Error error = define_block(graph)) return error;
    for (const Pending& pending : pending_) {
      Expected<uint64_t> value = value_of(pending);
      if (!value) return value.takeError();
      pending.value->getAddressable().setAddress(ExecutorAddr(*value));
    }
    return Error::success();
  }

private:
  /// What stands for a symbol in an edge.
  enum class Part : uint8_t { distance, offset, index, block, size, from_here };

  /// An absolute symbol whose value is not known yet.
  struct Pending {
    Symbol* value;
    Part part;
    Symbol* of;
    Block* block = nullptr; ///< with `place` and `addend`, of a distance from there
    Edge::OffsetT place = 0;
    Edge::AddendT addend = 0;
  };

  bool is_marked(const Edge& edge) const {
    return edge.getKind() == x86_64::Pointer64 && edge.getAddend() >= first_mark &&
           edge.getAddend() - first_mark < static_cast<int64_t>(noted_->relocations.size());
  }

  Error restore(LinkGraph& graph, Block& block, Edge& edge) {
    const NotedRelocations::Relocation& noted =
        noted_->relocations[static_cast<std::size_t>(edge.getAddend() - first_mark)];
    edge.setAddend(noted.addend);
    switch (noted.type) {
    case ELF::R_X86_64_TPOFF32:
      return become(graph, block, edge, x86_64::Pointer32Signed, Part::distance);
    case ELF::R_X86_64_TPOFF64:
      return become(graph, block, edge, x86_64::Pointer64, Part::distance);
    case ELF::R_X86_64_GOTTPOFF:
      return become(graph, block, edge, x86_64::RequestGOTAndTransformToDelta32, Part::distance);
    case ELF::R_X86_64_TLSGD:
      return become(graph, block, edge, x86_64::Delta32, Part::index);
    case ELF::R_X86_64_TLSLD:
      return become(graph, block, edge, x86_64::Delta32, Part::block);
    case ELF::R_X86_64_DTPOFF32:
      return become(graph, block, edge, x86_64::Pointer32Signed, Part::offset);
    case ELF::R_X86_64_DTPOFF64:
      return become(graph, block, edge, x86_64::Pointer64, Part::offset);
    case ELF::R_X86_64_SIZE32:
      return become(graph, block, edge, x86_64::Pointer32, Part::size);
    case ELF::R_X86_64_SIZE64:
      return become(graph, block, edge, x86_64::Pointer64, Part::size);
    case ELF::R_X86_64_PLTOFF64:
      edge.setKind(x86_64::Delta64FromGOT);
      return Error::success();
    case ELF::R_X86_64_GOTPLT64:
      edge.setKind(x86_64::RequestGOTAndTransformToDelta64FromGOT);
      return Error::success();
    default:
      measure_from_here(graph, block, edge);
      return Error::success();
    }
  }

  Error become(LinkGraph& graph, Block& block, Edge& edge, Edge::Kind kind, Part part) {
    Expected<Symbol*> value = symbol_for(graph, part, edge.getTarget());
    if (!value) return value.takeError();
    if (edge.getTarget().isDefined()) kept_.emplace_back(&block, &edge.getTarget());
    edge.setKind(kind);
    edge.setTarget(**value);
    return Error::success();
  }

  /// A distance of 16 bits. JITLink has no such edge, but one of an address of 16 bits.
  void measure_from_here(LinkGraph& graph, Block& block, Edge& edge) {
    Symbol& value = add_value(graph);
    pending_.push_back({.value = &value,
                        .part = Part::from_here,
                        .of = &edge.getTarget(),
                        .block = &block,
                        .place = edge.getOffset(),
                        .addend = edge.getAddend()});
    kept_.emplace_back(&block, &edge.getTarget());
    edge.setKind(x86_64::Pointer16);
    edge.setTarget(value);
    edge.setAddend(0);
  }

  /// The absolute symbol whose address is the `part` of `symbol`.
  Expected<Symbol*> symbol_for(LinkGraph& graph, Part part, Symbol& symbol) {
    Symbol*& value = values_[{&symbol, static_cast<unsigned>(part)}];
    if (value) return value;
    value = &add_value(graph);
    const Pending pending{.value = value, .part = part, .of = &symbol};
    if (symbol.isDefined()) {
      pending_.push_back(pending);
      return value;
    }
    Expected<uint64_t> known = value_of(pending);
    if (!known) return known.takeError();
    value->getAddressable().setAddress(ExecutorAddr(*known));
    return value;
  }

  /// An absolute symbol with a name of its own, as entries of the GOT are told apart by names.
  Symbol& add_value(LinkGraph& graph) {
    auto name = graph.allocateContent(Twine("ajit.value.") + Twine(added_++));
    return graph.addAbsoluteSymbol(StringRef(name.data(), name.size()), ExecutorAddr(), 0, Linkage::Strong,
                                   Scope::Local, /*IsLive=*/true);
  }

  Expected<uint64_t> value_of(const Pending& pending) {
    const Symbol& symbol = *pending.of;
    if (pending.part == Part::size) return size_of(symbol);
    if (pending.part == Part::from_here) return distance_from_here(pending);
    std::optional<ThreadLocalPlace> place;
    if (symbol.hasName() && places_) place = places_->find(symbol.getName());
    if (!place) return make_typed<Unresolved>("undefined thread-local variable: {}", name_of(symbol));
    switch (pending.part) {
    case Part::distance:
      if (!place->distance)
        return make_typed<Unsupported>("the thread-local variable {} is not at a fixed distance from the thread "
                                       "pointer: use another TLS model",
                                       name_of(symbol));
      return static_cast<uint64_t>(*place->distance);
    case Part::offset:
      return place->offset;
    case Part::index:
      return reinterpret_cast<uintptr_t>(place->index);
    default:
      return reinterpret_cast<uintptr_t>(place->block);
    }
  }

  static Expected<uint64_t> size_of(const Symbol& symbol) {
    if (symbol.isDefined()) return symbol.getSize();
    return make_typed<Unsupported>("the size of {} is unknown: another object defines it", name_of(symbol));
  }

  static Expected<uint64_t> distance_from_here(const Pending& pending) {
    const auto target = static_cast<int64_t>(pending.of->getAddress().getValue());
    const auto here = static_cast<int64_t>((pending.block->getAddress() + pending.place).getValue());
    const int64_t distance = target + pending.addend - here;
    if (!isInt<16>(distance)) return make_typed<Unsupported>("{} is too far for 16 bits", name_of(*pending.of));
    return static_cast<uint16_t>(distance);
  }

  static std::string name_of(const Symbol& symbol) { return symbol.hasName() ? symbol.getName().str() : "(unnamed)"; }

  /// Takes the blocks of the graph's thread-local sections together. Those with values come first.
  Error define_block(LinkGraph& graph) {
    SmallVector<Block*> blocks;
    for (const std::string& name : noted_->thread_local_sections)
      if (Section* section = graph.findSectionByName(name)) append_range(blocks, section->blocks());
    if (blocks.empty()) return Error::success();
    sort(blocks, [](const Block* left, const Block* right) {
      return std::pair(left->isZeroFill(), left->getAddress()) < std::pair(right->isZeroFill(), right->getAddress());
    });
    ThreadLocalBlock whole;
    DenseMap<const Block*, uint64_t> starts;
    for (Block* block : blocks) {
      const uint64_t start = starts[block] = alignTo(whole.size, block->getAlignment());
      whole.size = start + block->getSize();
      whole.alignment = std::max(whole.alignment, block->getAlignment());
      if (block->isZeroFill()) continue;
      if (Error error = fix_up(graph, *block)) return error;
      whole.values.resize(whole.size);
      copy(block->getContent(), whole.values.begin() + static_cast<std::ptrdiff_t>(start));
    }
    for (const std::string& name : noted_->thread_local_sections)
      if (Section* section = graph.findSectionByName(name))
        for (const Symbol* symbol : section->symbols())
          if (symbol->hasName())
            whole.variables.push_back(
                {symbol->getName().str(), starts.lookup(&symbol->getBlock()) + symbol->getOffset(), symbol->getSize()});
    if (!places_) return make_typed<Unsupported>("thread-local variables have no place here");
    return places_->define(whole);
  }

  /// Applies the fixups of a block with initial values. JITLink does so later, with the same results.
  static Error fix_up(LinkGraph& graph, Block& block) {
    for (const Edge& edge : block.edges())
      if (edge.isRelocation())
        if (Error error = x86_64::applyFixup(graph, block, edge, /*GOTSymbol=*/nullptr)) return error;
    return Error::success();
  }

  const std::shared_ptr<const NotedRelocations> noted_;
  ThreadLocalPlaces* const places_;
  DenseMap<std::pair<Symbol*, unsigned>, Symbol*> values_;
  std::vector<Pending> pending_;
  std::vector<std::pair<Block*, Symbol*>> kept_; ///< what edges refer to only through values
  unsigned added_ = 0;
};

} // namespace

NotedRelocations note_relocations(MutableArrayRef<char> object) {
  NotedRelocations noted;
  const auto& file = *reinterpret_cast<const Elf::Ehdr*>(object.data());
  const auto* headers = reinterpret_cast<const Elf::Shdr*>(object.data() + file.e_shoff);
  const char* names = object.data() + headers[file.e_shstrndx].sh_offset;
  for (const Elf::Shdr& section : ArrayRef(headers, file.e_shnum)) {
    if (section.sh_flags & ELF::SHF_TLS) noted.thread_local_sections.emplace_back(names + section.sh_name);
    if (section.sh_type != ELF::SHT_RELA || !(headers[section.sh_info].sh_flags & ELF::SHF_ALLOC)) continue;
    auto* table = reinterpret_cast<Elf::Rela*>(object.data() + section.sh_offset);
    note_in_section({table, section.sh_size / sizeof(Elf::Rela)}, noted);
  }
  return noted;
}

void add_relocation_passes(std::shared_ptr<const NotedRelocations> noted, ThreadLocalPlaces* places,
                           PassConfiguration& passes) {
  auto relocations = std::make_shared<GraphRelocations>(std::move(noted), places);
  passes.PrePrunePasses.push_back([relocations](LinkGraph& graph) { return relocations->restore(graph); });
  passes.PostPrunePasses.push_back([relocations](LinkGraph& graph) { return relocations->make_got(graph); });
  passes.PreFixupPasses.push_back([relocations](LinkGraph& graph) { return relocations->complete(graph); });
}

} // namespace ajit
