// ELF32 objects for the loader's tests: built from parts, then opened so that a test can break one field.
#pragma once

#include <formats/elf_loader.h>

#include <cstdint>
#include <elf.h>
#include <string>
#include <string_view>
#include <vector>

namespace ajit::test {

/// Collects the parts of an object and lays them out. Section and symbol numbers are what the add functions return.
class ElfBuilder {
public:
  uint16_t add_section(std::string name, uint32_t type, uint32_t flags, uint32_t alignment, std::vector<uint8_t> bytes);
  /// A section without bytes in the file.
  uint16_t add_nobits(std::string name, uint32_t flags, uint32_t alignment, uint32_t size);
  /// Add local symbols first, as the format requires.
  uint32_t add_symbol(std::string name, uint8_t binding, uint8_t type, uint16_t section, uint32_t value, uint32_t size);
  void add_relocation(uint16_t section, uint32_t offset, uint32_t symbol, uint8_t type);
  void add_group(uint32_t signature, std::vector<uint16_t> members, uint32_t flags = GRP_COMDAT);

  std::vector<uint8_t> build() const;

private:
  struct Section {
    std::string name;
    Elf32_Shdr header = {};
    std::vector<uint8_t> bytes;
    std::vector<Elf32_Rel> relocations;
  };
  struct Symbol {
    std::string name;
    Elf32_Sym entry;
  };
  struct Group {
    uint32_t signature;
    std::vector<uint32_t> words;
  };
  std::vector<Section> sections_;
  std::vector<Symbol> symbols_;
  std::vector<Group> groups_;
};

/// The bytes of an object, with its tables as the host's structures. References are valid until `bytes` changes size.
class ElfFile {
public:
  explicit ElfFile(std::vector<uint8_t> object) : bytes(std::move(object)) {}

  Elf32_Ehdr& header();
  Elf32_Shdr& section(unsigned index);
  Elf32_Shdr& section(std::string_view name);
  unsigned section_index(std::string_view name);
  Elf32_Sym& symbol(std::string_view name);
  /// Entry `index` of a section of relocations.
  Elf32_Rel& relocation(std::string_view section, unsigned index);
  /// The 32-bit word `index` of a section's bytes.
  uint32_t& word(std::string_view section, unsigned index);

  std::vector<uint8_t> bytes;
};

/// An object with one of everything the loader accepts: code and data that refer to each other through all three
/// relocation types, NOBITS, COMMON, a COMDAT group, a constructor, weak and undefined symbols, debug information.
std::vector<uint8_t> sample_object();

/// Validates with room for any object, and keeps what the view borrows.
struct Validation {
  explicit Validation(std::vector<uint8_t> object_bytes, uint32_t section_room = 256, uint32_t symbol_room = 256);

  std::vector<uint8_t> bytes;
  std::vector<elf_home> homes;
  std::vector<uint32_t> addresses;
  elf_workspace workspace;
  elf_object object;
  elf_error error;
  int status;
};

} // namespace ajit::test
