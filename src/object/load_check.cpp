#include "load_check.h"
#include "error.h"

#include <llvm/Object/ELF.h>
#include <memory>
#include <set>

using namespace llvm;

namespace ajit {
namespace {

/// Room for as many sections as the format allows; the kernel's own limit is lower.
constexpr uint32_t section_room = 0xff00;

/// Memory and symbols for a link whose result is never run.
struct ScratchHost {
  function_ref<bool(StringRef)> defined;
  LinkFigures& figures;

  static int allocate(void* context, elf_pool pool, uint32_t size, uint32_t, elf_block* block) {
    auto& self = *static_cast<ScratchHost*>(context);
    block->write = ::operator new(size);
    block->run = pool == ELF_POOL_CODE ? 0x10000000 : 0x20000000;
    self.figures.bytes[pool] = size;
    return 0;
  }
  static void release(void*, elf_pool, const elf_block* block) { ::operator delete(block->write); }
  /// Resolves every symbol, so that one link finds all missing ones.
  static int resolve(void* context, const char* name, uint32_t* address) {
    auto& self = *static_cast<ScratchHost*>(context);
    if (!self.defined(name)) self.figures.unresolved.push_back(name);
    *address = 0x30000000;
    return 0;
  }
};

/// The undefined weak symbols. The object works without their definitions: the kernel gives them the address 0.
std::set<std::string> weak_imports(const elf_object& object) {
  std::set<std::string> names;
  for (uint32_t i = 1; i < elf_object_symbol_count(&object); i++) {
    elf_symbol_view symbol;
    elf_object_symbol(&object, i, &symbol);
    if (symbol.weak && !symbol.defined) names.insert(symbol.name);
  }
  return names;
}

} // namespace

LoadCheck::LoadCheck(const std::vector<uint8_t>& bytes)
    : homes_(section_room), addresses_(bytes.size() / sizeof(object::ELF32LE::Sym) + 1),
      workspace_{homes_.data(), section_room, addresses_.data(), static_cast<uint32_t>(addresses_.size())} {
  elf_error error;
  if (elf_object_validate(&object_, bytes.data(), bytes.size(), &workspace_, &error) != ELF_OK) error_ = error.text;
}

std::string LoadCheck::stamp_error(const object_expectation* expected) const {
  object_stamp_error error;
  object_stamp stamp;
  if (expected)
    object_stamp_check(&object_, expected, &error);
  else
    object_stamp_read(&object_, &stamp, &error);
  return error.text;
}

LinkFigures LoadCheck::link(function_ref<bool(StringRef)> defined) const {
  LinkFigures figures;
  ScratchHost scratch{defined, figures};
  elf_host host = {&scratch, ScratchHost::allocate, ScratchHost::release, ScratchHost::resolve, nullptr};
  elf_image image;
  elf_error error;
  // This cannot fail: the object is valid, every symbol resolves, and no pool fills up.
  if (elf_object_link(&object_, &host, &image, &error) != ELF_OK) return figures;
  std::set<std::string> optional = weak_imports(object_);
  std::erase_if(figures.unresolved, [&](const std::string& name) { return optional.contains(name); });
  figures.constructors = image.init_array_count;
  elf_image_release(&image, &host);
  return figures;
}

std::vector<std::string> LoadCheck::definitions() const {
  std::vector<std::string> names;
  for (uint32_t i = 1; i < elf_object_symbol_count(&object_); i++) {
    elf_symbol_view symbol;
    elf_object_symbol(&object_, i, &symbol);
    if (symbol.defined && symbol.global) names.push_back(symbol.name);
  }
  return names;
}

std::map<std::string, uint64_t> LoadCheck::relocations() const {
  std::map<std::string, uint64_t> counts;
  StringRef bytes(reinterpret_cast<const char*>(object_.bytes), object_.size);
  // LLVM's reader counts them, because it shares nothing with the loader's.
  auto file = object::ELF32LEFile::create(bytes);
  if (!file) return consumeError(file.takeError()), counts;
  auto sections = file->sections();
  if (!sections) return consumeError(sections.takeError()), counts;
  for (const auto& section : *sections) {
    if (section.sh_type != ELF::SHT_REL || section.sh_info >= sections->size()) continue;
    if (!((*sections)[section.sh_info].sh_flags & ELF::SHF_ALLOC)) continue;
    auto relocations = file->rels(section);
    if (!relocations) return consumeError(relocations.takeError()), counts;
    for (const auto& relocation : *relocations)
      ++counts[elf_relocation_name(relocation.getType(false))];
  }
  return counts;
}

} // namespace ajit
