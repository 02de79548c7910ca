#include "observer_plugin.h"

#include "error.h"

#include <llvm/BinaryFormat/ELF.h>
#include <llvm/Demangle/Demangle.h>
#include <llvm/ExecutionEngine/JITLink/JITLink.h>
#include <llvm/Object/ELFTypes.h>

#include <algorithm>

namespace ajit {
namespace {

using llvm::MemoryBufferRef;
using llvm::jitlink::Block;
using llvm::jitlink::LinkGraph;
using llvm::orc::MemProt;
using SectionHeader = llvm::object::ELF64LE::Shdr;

LLVM_ENABLE_BITMASK_ENUMS_IN_NAMESPACE();

/// The section headers of an object file that our own code generator wrote.
template <typename Header, typename Bytes> llvm::MutableArrayRef<Header> headers_of(Bytes* file) {
  const auto& header = *reinterpret_cast<const llvm::object::ELF64LE::Ehdr*>(file);
  return {reinterpret_cast<Header*>(file + header.e_shoff), header.e_shnum};
}

/// One link: maps each of the file's sections to the block that it became.
class LocatedSections {
public:
  explicit LocatedSections(MemoryBufferRef object)
      : object_(object), blocks_(headers_of<const SectionHeader>(object.getBufferStart()).size()) {}

  /// Called while blocks' contents are still in the file. If a section became several blocks, as .eh_frame does, the
  /// first counts.
  void find(LinkGraph& graph) {
    const auto headers = headers_of<const SectionHeader>(object_.getBufferStart());
    for (Block* block : graph.blocks()) {
      if (block->isZeroFill()) {
        find_zeros(*block);
        continue;
      }
      const char* content = block->getContent().data();
      if (content < object_.getBufferStart() || content >= object_.getBufferEnd()) continue;
      const auto offset = static_cast<uint64_t>(content - object_.getBufferStart());
      for (std::size_t index = 0; index != headers.size(); ++index)
        if (headers[index].sh_offset <= offset && offset < headers[index].sh_offset + headers[index].sh_size &&
            headers[index].sh_type != llvm::ELF::SHT_NOBITS)
          take(index, *block, content);
    }
  }

  /// A copy of the file with the sections' addresses. Called when these are known.
  std::unique_ptr<llvm::MemoryBuffer> located() const {
    auto copy = llvm::WritableMemoryBuffer::getNewUninitMemBuffer(object_.getBufferSize(), "object");
    std::copy(object_.getBufferStart(), object_.getBufferEnd(), copy->getBufferStart());
    const auto headers = headers_of<SectionHeader>(copy->getBufferStart());
    for (std::size_t index = 0; index != headers.size(); ++index)
      if (blocks_[index].block && headers[index].sh_flags & llvm::ELF::SHF_ALLOC)
        headers[index].sh_addr = blocks_[index].block->getAddress().getValue();
    return copy;
  }

private:
  struct Place {
    Block* block = nullptr;
    const char* content = nullptr;
  };

  /// A zero-filled block is found by its section's name and size only. That can be ambiguous, but suffices for data.
  void find_zeros(Block& block) {
    const auto headers = headers_of<const SectionHeader>(object_.getBufferStart());
    const uint32_t names = reinterpret_cast<const llvm::object::ELF64LE::Ehdr*>(object_.getBufferStart())->e_shstrndx;
    const char* strings = object_.getBufferStart() + headers[names].sh_offset;
    for (std::size_t index = 0; index != headers.size(); ++index)
      if (headers[index].sh_type == llvm::ELF::SHT_NOBITS && headers[index].sh_size == block.getSize() &&
          block.getSection().getName() == strings + headers[index].sh_name)
        take(index, block, nullptr);
  }

  void take(std::size_t index, Block& block, const char* content) {
    if (!blocks_[index].block || content < blocks_[index].content) blocks_[index] = {&block, content};
  }

  MemoryBufferRef object_;
  std::vector<Place> blocks_; ///< by the section's index
};

std::vector<const CodeDescriptor*> code_of(LinkGraph& graph, const PcMap& map) {
  std::vector<const CodeDescriptor*> found;
  for (llvm::jitlink::Section& section : graph.sections()) {
    if ((section.getMemProt() & MemProt::Exec) == MemProt::None) continue;
    const llvm::jitlink::SectionRange range(section);
    for (auto at = range.getStart(); at < range.getEnd();) {
      const CodeDescriptor* code = map.lookup(at.toPtr<const void*>());
      if (code) found.push_back(code);
      at = code ? llvm::orc::ExecutorAddr::fromPtr(code->start + code->size) : at + 1;
    }
  }
  std::sort(found.begin(), found.end(), [](auto* left, auto* right) { return left->start < right->start; });
  return found;
}

} // namespace

void ObserverPlugin::notifyMaterializing(llvm::orc::MaterializationResponsibility& responsibility, LinkGraph&,
                                         llvm::jitlink::JITLinkContext&, MemoryBufferRef object) {
  MutexLock lock(mutex_);
  objects_[&responsibility] = object;
}

void ObserverPlugin::modifyPassConfig(llvm::orc::MaterializationResponsibility& responsibility, LinkGraph&,
                                      llvm::jitlink::PassConfiguration& passes) {
  MemoryBufferRef object;
  {
    MutexLock lock(mutex_);
    auto found = objects_.extract(&responsibility);
    if (!found) return;
    object = found.mapped();
  }
  auto sections = std::make_shared<LocatedSections>(object);
  passes.PostPrunePasses.push_back([sections](LinkGraph& graph) {
    sections->find(graph);
    return llvm::Error::success();
  });
  passes.PostFixupPasses.push_back([this, sections](LinkGraph& graph) {
    const LinkedObject linked{sections->located(), code_of(graph, map_)};
    for (CodeObserver* observer : observers_)
      observer->linked(linked);
    return llvm::Error::success();
  });
}

llvm::Error ObserverPlugin::notifyFailed(llvm::orc::MaterializationResponsibility& responsibility) {
  MutexLock lock(mutex_);
  objects_.erase(&responsibility);
  return llvm::Error::success();
}

std::string shown_name(const CodeDescriptor& code) {
  std::string name = llvm::demangle(code.name);
  if (code.label.kind == CodeKind::body) return fmt::format("{} [{}]", name, tier_name(code.label.tier));
  if (code.label.kind == CodeKind::continuation)
    return fmt::format("{} [{} loop {}]", name, tier_name(code.label.tier), code.label.loop);
  return name;
}

std::string shown_name(const AssembledCode& code, std::size_t index) {
  return llvm::demangle(code.names[index]) + (code.kind == CodeKind::stub ? " [stub]" : "");
}

} // namespace ajit
