//===- assembled_object.cpp - An object file that describes code but holds none -----------------------------------===//
//
// Sections: the code (without bytes: it is in memory), .debug_frame with one CIE and one FDE, symbols. The frame's rule
// is that of frame_record.h; .debug_frame takes absolute addresses, so the file needs no relocations.
//
//===-------------------------------------------------------------------------------------------------------------===//
#include "gdb_registration.h"

#include <llvm/BinaryFormat/ELF.h>
#include <llvm/Object/ELFTypes.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>

#include <array>
#include <cstring>

namespace ajit {
namespace {

using Elf = llvm::object::ELF64LE;

enum : uint32_t { null_section, code_section, frame_section, symbol_section, string_section, section_count };

/// The frame description: see FrameRecord for the bytes of the rule.
std::array<uint8_t, 56> frame_section_of(const AssembledCode& code) {
  constexpr uint8_t lit0 = 0x30; // DW_OP_lit0
  std::array<uint8_t, 56> bytes = {
      28,   0,    0,    0,          0xff, 0xff, 0xff, 0xff, // CIE: its length, its id
      1,    0,    1,    0x78,       16, // version, augmentation, code and data alignment, return address's column
      0x90, 1,                          // return address at -8
      0x0f, 11,   0x77, code.depth, 0x80, 0,    0x3f, 0x1a, static_cast<uint8_t>(lit0 + code.push_end),
      0x2a, 0x33, 0x24, 0x22,       0,    0,    0,    0,  // rsp + depth + ((rip & 15) >= push_end) * 8; padding
      20,   0,    0,    0,          0,    0,    0,    0}; // FDE: its length, its CIE; start and size follow
  const uint64_t range[] = {reinterpret_cast<uintptr_t>(code.code.start), code.code.size};
  std::memcpy(bytes.data() + 40, range, sizeof range);
  return bytes;
}

/// The symbol of a piece. A breakpoint on `fib` is meant for the function. If the debugger knows the bodies by that
/// name from debug information, the stub has another name; if not, the stub has it, since every call goes through the
/// stub.
std::string symbol_name(const AssembledCode& code, std::size_t index) {
  return code.kind == CodeKind::stub && code.has_debug_info ? code.names[index] + "$stub" : code.names[index];
}

/// Builds the file front to back: appends each part at the end.
class ObjectWriter {
public:
  ObjectWriter() { bytes_.resize(sizeof(Elf::Ehdr)); }

  template <typename Item> void section(uint32_t index, uint32_t type, const Item* items, std::size_t count) {
    bytes_.resize(llvm::alignTo(bytes_.size(), 8));
    Elf::Shdr& header = headers_[index];
    header.sh_type = type;
    header.sh_offset = bytes_.size();
    header.sh_size = count * sizeof(Item);
    header.sh_addralign = 8;
    const auto* first = reinterpret_cast<const char*>(items);
    bytes_.append(first, first + count * sizeof(Item));
  }

  Elf::Shdr& header(uint32_t index) { return headers_[index]; }

  std::shared_ptr<const llvm::MemoryBuffer> finish() {
    bytes_.resize(llvm::alignTo(bytes_.size(), 8));
    auto& file = *reinterpret_cast<Elf::Ehdr*>(bytes_.data());
    std::memcpy(file.e_ident, llvm::ELF::ElfMagic, 4);
    file.e_ident[llvm::ELF::EI_CLASS] = llvm::ELF::ELFCLASS64;
    file.e_ident[llvm::ELF::EI_DATA] = llvm::ELF::ELFDATA2LSB;
    file.e_ident[llvm::ELF::EI_VERSION] = llvm::ELF::EV_CURRENT;
    file.e_type = llvm::ELF::ET_REL;
    file.e_machine = llvm::ELF::EM_X86_64;
    file.e_version = llvm::ELF::EV_CURRENT;
    file.e_ehsize = sizeof(Elf::Ehdr);
    file.e_shoff = bytes_.size();
    file.e_shentsize = sizeof(Elf::Shdr);
    file.e_shnum = section_count;
    file.e_shstrndx = string_section;
    const auto* first = reinterpret_cast<const char*>(headers_.data());
    bytes_.append(first, first + sizeof headers_);
    return std::make_shared<llvm::SmallVectorMemoryBuffer>(std::move(bytes_), "stubs",
                                                           /*RequiresNullTerminator=*/false);
  }

private:
  llvm::SmallVector<char, 0> bytes_;
  std::array<Elf::Shdr, section_count> headers_{};
};

} // namespace

std::shared_ptr<const llvm::MemoryBuffer> describe(const AssembledCode& code) {
  std::string strings(1, '\0');
  auto add_string = [&](const std::string& text) {
    strings += text;
    strings += '\0';
    return static_cast<uint32_t>(strings.size() - text.size() - 1);
  };
  std::vector<Elf::Sym> symbols(1);
  for (std::size_t index = 0; index != code.names.size(); ++index) {
    Elf::Sym symbol{};
    symbol.st_name = add_string(symbol_name(code, index));
    symbol.setBindingAndType(llvm::ELF::STB_GLOBAL, llvm::ELF::STT_FUNC);
    symbol.st_shndx = code_section;
    symbol.st_value = index * Slab::stub_size;
    symbol.st_size = Slab::stub_size;
    symbols.push_back(symbol);
  }
  const std::array<uint8_t, 56> frames = frame_section_of(code);
  ObjectWriter writer;
  writer.section<char>(code_section, llvm::ELF::SHT_NOBITS, nullptr, 0);
  writer.section(frame_section, llvm::ELF::SHT_PROGBITS, frames.data(), frames.size());
  writer.section(symbol_section, llvm::ELF::SHT_SYMTAB, symbols.data(), symbols.size());
  writer.header(code_section).sh_name = add_string(".plt"); // see gdb_registration.h
  writer.header(frame_section).sh_name = add_string(".debug_frame");
  writer.header(symbol_section).sh_name = add_string(".symtab");
  writer.header(string_section).sh_name = add_string(".strtab");
  writer.section(string_section, llvm::ELF::SHT_STRTAB, strings.data(), strings.size());

  Elf::Shdr& text = writer.header(code_section);
  text.sh_flags = llvm::ELF::SHF_ALLOC | llvm::ELF::SHF_EXECINSTR;
  text.sh_addr = reinterpret_cast<uintptr_t>(code.code.start);
  text.sh_size = code.code.size;
  text.sh_addralign = Slab::stub_size;
  Elf::Shdr& table = writer.header(symbol_section);
  table.sh_link = string_section;
  table.sh_info = 1; // local symbols
  table.sh_entsize = sizeof(Elf::Sym);
  return writer.finish();
}

} // namespace ajit
