// See elf_object.h.
#include "elf_object.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace ajit::test {
namespace {

uint32_t append_name(std::string& table, const std::string& name) {
  auto offset = static_cast<uint32_t>(table.size());
  table += name;
  table += '\0';
  return offset;
}

template <typename T> std::vector<uint8_t> bytes_of(const std::vector<T>& items) {
  std::vector<uint8_t> bytes(items.size() * sizeof(T));
  if (!items.empty()) std::memcpy(bytes.data(), items.data(), bytes.size());
  return bytes;
}

std::vector<uint8_t> bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

} // namespace

uint16_t ElfBuilder::add_section(std::string name, uint32_t type, uint32_t flags, uint32_t alignment,
                                 std::vector<uint8_t> bytes) {
  Section section;
  section.name = std::move(name);
  section.header.sh_type = type;
  section.header.sh_flags = flags;
  section.header.sh_addralign = alignment;
  section.header.sh_size = static_cast<uint32_t>(bytes.size());
  section.bytes = std::move(bytes);
  sections_.push_back(std::move(section));
  return static_cast<uint16_t>(sections_.size());
}

uint16_t ElfBuilder::add_nobits(std::string name, uint32_t flags, uint32_t alignment, uint32_t size) {
  uint16_t index = add_section(std::move(name), SHT_NOBITS, flags, alignment, {});
  sections_.back().header.sh_size = size;
  return index;
}

uint32_t ElfBuilder::add_symbol(std::string name, uint8_t binding, uint8_t type, uint16_t section, uint32_t value,
                                uint32_t size) {
  Elf32_Sym entry = {};
  entry.st_info = static_cast<uint8_t>(ELF32_ST_INFO(binding, type));
  entry.st_shndx = section;
  entry.st_value = value;
  entry.st_size = size;
  symbols_.push_back({std::move(name), entry});
  return static_cast<uint32_t>(symbols_.size());
}

void ElfBuilder::add_relocation(uint16_t section, uint32_t offset, uint32_t symbol, uint8_t type) {
  sections_.at(section - 1u).relocations.push_back({offset, ELF32_R_INFO(symbol, type)});
}

void ElfBuilder::add_group(uint32_t signature, std::vector<uint16_t> members, uint32_t flags) {
  Group group{signature, {flags}};
  for (uint16_t member : members) {
    group.words.push_back(member);
    sections_.at(member - 1u).header.sh_flags |= SHF_GROUP;
  }
  groups_.push_back(std::move(group));
}

std::vector<uint8_t> ElfBuilder::build() const {
  std::vector<Section> all = sections_;
  auto symtab = static_cast<uint32_t>(all.size() + groups_.size() + 1);
  for (const Section& section : sections_)
    symtab += section.relocations.empty() ? 0 : 1;

  auto append = [&all](std::string name, uint32_t type, uint32_t link, uint32_t info, uint32_t entry_size,
                       std::vector<uint8_t> bytes) {
    Section section;
    section.name = std::move(name);
    section.header.sh_type = type;
    section.header.sh_link = link;
    section.header.sh_info = info;
    section.header.sh_entsize = entry_size;
    section.header.sh_addralign = 4;
    section.header.sh_size = static_cast<uint32_t>(bytes.size());
    section.bytes = std::move(bytes);
    all.push_back(std::move(section));
  };
  for (size_t i = 0; i < sections_.size(); i++)
    if (!sections_[i].relocations.empty())
      append(".rel" + sections_[i].name, SHT_REL, symtab, static_cast<uint32_t>(i + 1), sizeof(Elf32_Rel),
             bytes_of(sections_[i].relocations));
  for (const Group& group : groups_)
    append(".group", SHT_GROUP, symtab, group.signature, 4, bytes_of(group.words));

  std::string names(1, '\0');
  std::vector<Elf32_Sym> symbols(1, Elf32_Sym{});
  uint32_t first_global = 1;
  for (const Symbol& symbol : symbols_) {
    symbols.push_back(symbol.entry);
    symbols.back().st_name = symbol.name.empty() ? 0 : append_name(names, symbol.name);
    if (ELF32_ST_BIND(symbol.entry.st_info) == STB_LOCAL) first_global = static_cast<uint32_t>(symbols.size());
  }
  append(".symtab", SHT_SYMTAB, symtab + 1, first_global, sizeof(Elf32_Sym), bytes_of(symbols));
  append(".strtab", SHT_STRTAB, 0, 0, 0, bytes_of(names));

  std::string section_names(1, '\0');
  for (Section& section : all)
    section.header.sh_name = append_name(section_names, section.name);
  uint32_t own_name = append_name(section_names, ".shstrtab");
  append(".shstrtab", SHT_STRTAB, 0, 0, 0, bytes_of(section_names));
  all.back().header.sh_name = own_name;

  std::vector<uint8_t> file(sizeof(Elf32_Ehdr));
  std::vector<Elf32_Shdr> headers(1, Elf32_Shdr{});
  for (Section& section : all) {
    file.resize((file.size() + 15) & ~size_t{15});
    section.header.sh_offset = static_cast<uint32_t>(file.size());
    file.insert(file.end(), section.bytes.begin(), section.bytes.end());
    headers.push_back(section.header);
  }
  file.resize((file.size() + 15) & ~size_t{15});

  Elf32_Ehdr header = {};
  std::memcpy(header.e_ident, ELFMAG, SELFMAG);
  header.e_ident[EI_CLASS] = ELFCLASS32;
  header.e_ident[EI_DATA] = ELFDATA2LSB;
  header.e_ident[EI_VERSION] = EV_CURRENT;
  header.e_type = ET_REL;
  header.e_machine = EM_386;
  header.e_version = EV_CURRENT;
  header.e_shoff = static_cast<uint32_t>(file.size());
  header.e_ehsize = sizeof(Elf32_Ehdr);
  header.e_shentsize = sizeof(Elf32_Shdr);
  header.e_shnum = static_cast<uint16_t>(headers.size());
  header.e_shstrndx = static_cast<uint16_t>(headers.size() - 1);
  std::memcpy(file.data(), &header, sizeof header);
  std::vector<uint8_t> table = bytes_of(headers);
  file.insert(file.end(), table.begin(), table.end());
  return file;
}

Elf32_Ehdr& ElfFile::header() { return *reinterpret_cast<Elf32_Ehdr*>(bytes.data()); }

Elf32_Shdr& ElfFile::section(unsigned index) {
  return reinterpret_cast<Elf32_Shdr*>(bytes.data() + header().e_shoff)[index];
}

unsigned ElfFile::section_index(std::string_view name) {
  const Elf32_Shdr& names = section(header().e_shstrndx);
  for (unsigned i = 1; i < header().e_shnum; i++)
    if (name == reinterpret_cast<const char*>(bytes.data()) + names.sh_offset + section(i).sh_name) return i;
  throw std::out_of_range("no section " + std::string(name));
}

Elf32_Shdr& ElfFile::section(std::string_view name) { return section(section_index(name)); }

Elf32_Sym& ElfFile::symbol(std::string_view name) {
  const Elf32_Shdr& table = section(".symtab");
  const Elf32_Shdr& names = section(".strtab");
  auto* symbols = reinterpret_cast<Elf32_Sym*>(bytes.data() + table.sh_offset);
  for (unsigned i = 1; i < table.sh_size / sizeof(Elf32_Sym); i++)
    if (name == reinterpret_cast<const char*>(bytes.data()) + names.sh_offset + symbols[i].st_name) return symbols[i];
  throw std::out_of_range("no symbol " + std::string(name));
}

Elf32_Rel& ElfFile::relocation(std::string_view name, unsigned index) {
  return reinterpret_cast<Elf32_Rel*>(bytes.data() + section(name).sh_offset)[index];
}

uint32_t& ElfFile::word(std::string_view name, unsigned index) {
  return reinterpret_cast<uint32_t*>(bytes.data() + section(name).sh_offset)[index];
}

std::vector<uint8_t> sample_object() {
  ElfBuilder builder;
  uint16_t text = builder.add_section(".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 16, std::vector<uint8_t>(32));
  uint16_t data = builder.add_section(".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 4, std::vector<uint8_t>(16, 0xda));
  uint16_t constants = builder.add_section(".rodata", SHT_PROGBITS, SHF_ALLOC, 8, std::vector<uint8_t>(8, 0x0c));
  uint16_t zeros = builder.add_nobits(".bss", SHF_ALLOC | SHF_WRITE, 32, 64);
  uint16_t constructors =
      builder.add_section(".init_array", SHT_INIT_ARRAY, SHF_ALLOC | SHF_WRITE, 4, std::vector<uint8_t>(4));
  uint16_t shared_code =
      builder.add_section(".text.shared", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 16, std::vector<uint8_t>(16, 0x90));
  builder.add_section(".debug_info", SHT_PROGBITS, 0, 1, std::vector<uint8_t>(24));

  uint32_t table = builder.add_symbol("table", STB_LOCAL, STT_OBJECT, constants, 4, 4);
  uint32_t entry = builder.add_symbol("entry", STB_GLOBAL, STT_FUNC, text, 0, 32);
  uint32_t value = builder.add_symbol("value", STB_GLOBAL, STT_OBJECT, data, 8, 4);
  builder.add_symbol("buffer", STB_GLOBAL, STT_OBJECT, zeros, 0, 64);
  uint32_t common = builder.add_symbol("common", STB_GLOBAL, STT_OBJECT, SHN_COMMON, 8, 24);
  uint32_t shared = builder.add_symbol("shared", STB_WEAK, STT_FUNC, shared_code, 0, 16);
  uint32_t external = builder.add_symbol("external", STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0, 0);
  uint32_t maybe = builder.add_symbol("maybe", STB_WEAK, STT_NOTYPE, SHN_UNDEF, 0, 0);

  builder.add_relocation(text, 0, value, R_386_32);
  builder.add_relocation(text, 4, external, R_386_PC32);
  builder.add_relocation(text, 8, external, R_386_PLT32);
  builder.add_relocation(text, 12, common, R_386_32);
  builder.add_relocation(text, 16, maybe, R_386_32);
  builder.add_relocation(text, 20, shared, R_386_PC32);
  builder.add_relocation(text, 24, table, R_386_32);
  builder.add_relocation(text, 28, 0, R_386_PC32);
  builder.add_relocation(constructors, 0, entry, R_386_32);
  builder.add_group(shared, {shared_code});
  return builder.build();
}

Validation::Validation(std::vector<uint8_t> object_bytes, uint32_t section_room, uint32_t symbol_room)
    : bytes(std::move(object_bytes)), homes(section_room), addresses(symbol_room),
      workspace{homes.data(), section_room, addresses.data(), symbol_room} {
  status = elf_object_validate(&object, bytes.data(), bytes.size(), &workspace, &error);
}

} // namespace ajit::test
