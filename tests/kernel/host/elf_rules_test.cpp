// Breaks every rule of the loader's validation in turn: each case changes one thing in a valid object and names the
// expected error. The table is the list of rules.
#include "elf_object.h"

#include <functional>
#include <gtest/gtest.h>

namespace ajit::test {
namespace {

struct Rule {
  const char* name;
  std::function<void(ElfFile&)> breaks;
  int code;
  const char* text; ///< part of the message
};

void PrintTo(const Rule& rule, std::ostream* out) { *out << rule.name; }

/// A second section header for the same bytes as `from`, in place of `.debug_info`.
void copy_over_debug_info(ElfFile& file, const char* from) {
  uint32_t name = file.section(".debug_info").sh_name;
  Elf32_Shdr copy = file.section(from);
  copy.sh_name = name;
  file.section(".debug_info") = copy;
}

const Rule rules[] = {
    {"magic", [](ElfFile& f) { f.header().e_ident[0] = 'X'; }, ELF_EHEADER, "not an ELF file"},
    {"class", [](ElfFile& f) { f.header().e_ident[EI_CLASS] = ELFCLASS64; }, ELF_EHEADER, "32-bit"},
    {"byte_order", [](ElfFile& f) { f.header().e_ident[EI_DATA] = ELFDATA2MSB; }, ELF_EHEADER, "little-endian"},
    {"ident_version", [](ElfFile& f) { f.header().e_ident[EI_VERSION] = 0; }, ELF_EHEADER, "version"},
    {"version", [](ElfFile& f) { f.header().e_version = 2; }, ELF_EHEADER, "version"},
    {"type", [](ElfFile& f) { f.header().e_type = ET_EXEC; }, ELF_EHEADER, "relocatable"},
    {"machine", [](ElfFile& f) { f.header().e_machine = EM_X86_64; }, ELF_EHEADER, "i386"},
    {"header_size", [](ElfFile& f) { f.header().e_ehsize = 64; }, ELF_EHEADER, "file header"},
    {"section_header_size", [](ElfFile& f) { f.header().e_shentsize = 64; }, ELF_EHEADER, "section headers of"},
    {"no_sections", [](ElfFile& f) { f.header().e_shnum = 0; }, ELF_EHEADER, "no section headers"},
    {"too_many_sections", [](ElfFile& f) { f.header().e_shnum = 0xff00; }, ELF_ELIMIT, "too many sections"},
    {"section_table_outside", [](ElfFile& f) { f.header().e_shoff += 4; }, ELF_EHEADER, "past the end"},
    {"section_table_wraps", [](ElfFile& f) { f.header().e_shoff = 0xfffffff0; }, ELF_EHEADER, "past the end"},
    {"names_section_null", [](ElfFile& f) { f.header().e_shstrndx = 0; }, ELF_EHEADER, "section names"},
    {"names_section_outside", [](ElfFile& f) { f.header().e_shstrndx = f.header().e_shnum; }, ELF_EHEADER,
     "section names"},
    {"section_0", [](ElfFile& f) { f.section(0u).sh_size = 1; }, ELF_ESECTION, "section 0"},
    {"section_outside", [](ElfFile& f) { f.section(".data").sh_offset = static_cast<uint32_t>(f.bytes.size()) - 15; },
     ELF_ESECTION, "past the end"},
    {"section_wraps", [](ElfFile& f) { f.section(".data").sh_offset = 0xfffffff8; }, ELF_ESECTION, "past the end"},
    {"names_not_strings", [](ElfFile& f) { f.section(".shstrtab").sh_type = SHT_PROGBITS; }, ELF_ESTRING,
     "not a string table"},
    {"names_empty", [](ElfFile& f) { f.section(".shstrtab").sh_size = 0; }, ELF_ESTRING, "NUL"},
    {"names_unterminated",
     [](ElfFile& f) {
       const Elf32_Shdr& names = f.section(".shstrtab");
       f.bytes[names.sh_offset + names.sh_size - 1] = 'x';
     },
     ELF_ESTRING, "NUL"},
    {"names_without_empty_name", [](ElfFile& f) { f.bytes[f.section(".shstrtab").sh_offset] = 'x'; }, ELF_ESTRING,
     "NUL"},
    {"section_name_outside", [](ElfFile& f) { f.section(".data").sh_name = f.section(".shstrtab").sh_size; },
     ELF_ESTRING, "name outside"},
    {"addends", [](ElfFile& f) { f.section(".rel.text").sh_type = SHT_RELA; }, ELF_EUNSUPPORTED, "RELA"},
    {"extended_numbers", [](ElfFile& f) { f.section(".debug_info").sh_type = SHT_SYMTAB_SHNDX; }, ELF_EUNSUPPORTED,
     "extended"},
    {"dynamic_symbols", [](ElfFile& f) { f.section(".debug_info").sh_type = SHT_DYNSYM; }, ELF_EUNSUPPORTED, "dynamic"},
    {"tls_section", [](ElfFile& f) { f.section(".data").sh_flags |= SHF_TLS; }, ELF_EUNSUPPORTED,
     ".data): thread-local"},
    {"compressed", [](ElfFile& f) { f.section(".data").sh_flags |= SHF_COMPRESSED; }, ELF_EUNSUPPORTED, "compressed"},
    {"writable_code", [](ElfFile& f) { f.section(".text").sh_flags |= SHF_WRITE; }, ELF_EUNSUPPORTED,
     ".text): both writable and executable"},
    {"code_without_bytes", [](ElfFile& f) { f.section(".bss").sh_flags = SHF_ALLOC | SHF_EXECINSTR; }, ELF_EUNSUPPORTED,
     "code without bytes"},
    {"unknown_type", [](ElfFile& f) { f.section(".data").sh_type = 0x60000000; }, ELF_EUNSUPPORTED, "type"},
    {"preinit_array", [](ElfFile& f) { f.section(".init_array").sh_type = SHT_PREINIT_ARRAY; }, ELF_EUNSUPPORTED,
     "type"},
    {"alignment_not_power", [](ElfFile& f) { f.section(".data").sh_addralign = 12; }, ELF_ESECTION, "power of two"},
    {"alignment_too_large", [](ElfFile& f) { f.section(".data").sh_addralign = 8192; }, ELF_ELIMIT, "above 4096"},
    {"constructor_size", [](ElfFile& f) { f.section(".init_array").sh_size = 3; }, ELF_ESECTION, "constructor"},
    {"section_too_large", [](ElfFile& f) { f.section(".bss").sh_size = ELF_MAX_POOL + 1; }, ELF_ELIMIT, "too large"},
    {"sections_too_large", [](ElfFile& f) { f.section(".bss").sh_size = ELF_MAX_POOL; }, ELF_ELIMIT, "in total"},
    {"no_symbols", [](ElfFile& f) { f.section(".symtab").sh_type = SHT_PROGBITS; }, ELF_ESECTION, "no symbol table"},
    {"two_symbol_tables", [](ElfFile& f) { copy_over_debug_info(f, ".symtab"); }, ELF_ESECTION, "second symbol table"},
    {"symbol_entry_size", [](ElfFile& f) { f.section(".symtab").sh_entsize = 24; }, ELF_ESECTION, "symbol entries"},
    {"symbol_entry_size_0", [](ElfFile& f) { f.section(".symtab").sh_entsize = 0; }, ELF_ESECTION, "symbol entries"},
    {"symbols_not_whole", [](ElfFile& f) { f.section(".symtab").sh_size -= 1; }, ELF_ESECTION, "symbol entries"},
    {"symbols_empty", [](ElfFile& f) { f.section(".symtab").sh_size = 0; }, ELF_ESECTION, "null symbol"},
    {"first_global_outside", [](ElfFile& f) { f.section(".symtab").sh_info = 1000; }, ELF_ESECTION, "first global"},
    {"first_global_0", [](ElfFile& f) { f.section(".symtab").sh_info = 0; }, ELF_ESECTION, "first global"},
    {"symbol_names_null", [](ElfFile& f) { f.section(".symtab").sh_link = 0; }, ELF_ESECTION, "string table"},
    {"symbol_names_outside", [](ElfFile& f) { f.section(".symtab").sh_link = 1000; }, ELF_ESECTION, "string table"},
    {"symbol_names_not_strings", [](ElfFile& f) { f.section(".symtab").sh_link = 1; }, ELF_ESTRING,
     "not a string table"},
    {"symbol_0", [](ElfFile& f) { f.word(".symtab", 1) = 1; }, ELF_ESYMBOL, "symbol 0"},
    {"symbol_name_outside", [](ElfFile& f) { f.symbol("value").st_name = 100000; }, ELF_ESTRING, "name outside"},
    {"global_without_name", [](ElfFile& f) { f.symbol("value").st_name = 0; }, ELF_ESYMBOL, "without a name"},
    {"unknown_binding", [](ElfFile& f) { f.symbol("value").st_info = ELF32_ST_INFO(STB_GNU_UNIQUE, STT_OBJECT); },
     ELF_EUNSUPPORTED, "symbol 3 (value): binding"},
    {"local_among_globals", [](ElfFile& f) { f.symbol("value").st_info = ELF32_ST_INFO(STB_LOCAL, STT_OBJECT); },
     ELF_ESYMBOL, "are mixed"},
    {"global_among_locals", [](ElfFile& f) { f.symbol("table").st_info = ELF32_ST_INFO(STB_GLOBAL, STT_OBJECT); },
     ELF_ESYMBOL, "are mixed"},
    {"tls_symbol", [](ElfFile& f) { f.symbol("value").st_info = ELF32_ST_INFO(STB_GLOBAL, STT_TLS); }, ELF_EUNSUPPORTED,
     "(value): thread-local"},
    {"indirect_function", [](ElfFile& f) { f.symbol("entry").st_info = ELF32_ST_INFO(STB_GLOBAL, STT_GNU_IFUNC); },
     ELF_EUNSUPPORTED, "(entry): indirect"},
    {"unknown_symbol_type", [](ElfFile& f) { f.symbol("entry").st_info = ELF32_ST_INFO(STB_GLOBAL, 9); },
     ELF_EUNSUPPORTED, "unknown type"},
    {"section_symbol_without_section",
     [](ElfFile& f) {
       f.symbol("table").st_shndx = SHN_ABS;
       f.symbol("table").st_info = ELF32_ST_INFO(STB_LOCAL, STT_SECTION);
     },
     ELF_ESYMBOL, "without a section"},
    {"common_alignment", [](ElfFile& f) { f.symbol("common").st_value = 12; }, ELF_ESYMBOL, "power of two"},
    {"common_alignment_0", [](ElfFile& f) { f.symbol("common").st_value = 0; }, ELF_ESYMBOL, "power of two"},
    {"common_alignment_large", [](ElfFile& f) { f.symbol("common").st_value = 8192; }, ELF_ELIMIT, "above 4096"},
    {"common_local", [](ElfFile& f) { f.symbol("table").st_shndx = SHN_COMMON; }, ELF_ESYMBOL, "local"},
    {"common_too_large", [](ElfFile& f) { f.symbol("common").st_size = 0xffffffff; }, ELF_ELIMIT, "in total"},
    {"local_undefined", [](ElfFile& f) { f.symbol("table").st_shndx = SHN_UNDEF; }, ELF_ESYMBOL, "local, but"},
    {"symbol_section_outside", [](ElfFile& f) { f.symbol("value").st_shndx = 1000; }, ELF_ESYMBOL,
     "its section does not exist"},
    {"symbol_section_reserved", [](ElfFile& f) { f.symbol("value").st_shndx = SHN_XINDEX; }, ELF_ESYMBOL,
     "its section does not exist"},
    {"symbol_outside_section", [](ElfFile& f) { f.symbol("value").st_value = 13; }, ELF_ESYMBOL, "outside its section"},
    {"symbol_wraps", [](ElfFile& f) { f.symbol("value").st_value = 0xfffffffe; }, ELF_ESYMBOL, "outside its section"},
    {"duplicate", [](ElfFile& f) { f.symbol("buffer").st_name = f.symbol("value").st_name; }, ELF_EDUPLICATE,
     "(value): defined twice"},
    {"group_entry_size", [](ElfFile& f) { f.section(".group").sh_entsize = 8; }, ELF_EGROUP, "section numbers"},
    {"group_empty", [](ElfFile& f) { f.section(".group").sh_size = 0; }, ELF_EGROUP, "section numbers"},
    {"group_symbols", [](ElfFile& f) { f.section(".group").sh_link = 1; }, ELF_EGROUP, "symbol table"},
    {"group_signature_outside", [](ElfFile& f) { f.section(".group").sh_info = 1000; }, ELF_EGROUP, "signature"},
    {"group_signature_null", [](ElfFile& f) { f.section(".group").sh_info = 0; }, ELF_EGROUP, "signature"},
    {"group_flags", [](ElfFile& f) { f.word(".group", 0) = 2; }, ELF_EUNSUPPORTED, "kind of group"},
    {"group_member_outside", [](ElfFile& f) { f.word(".group", 1) = 1000; }, ELF_EGROUP, "does not exist"},
    {"group_member_null", [](ElfFile& f) { f.word(".group", 1) = 0; }, ELF_EGROUP, "does not exist"},
    {"group_member_unmarked", [](ElfFile& f) { f.word(".group", 1) = f.section_index(".text"); }, ELF_EGROUP,
     "no SHF_GROUP flag"},
    {"group_of_group",
     [](ElfFile& f) {
       f.section(".group").sh_flags |= SHF_GROUP;
       f.word(".group", 1) = f.section_index(".group");
     },
     ELF_EGROUP, "is a group and a member"},
    {"grouped_twice", [](ElfFile& f) { copy_over_debug_info(f, ".group"); }, ELF_EGROUP, "in two groups"},
    {"grouped_without_group", [](ElfFile& f) { f.section(".data").sh_flags |= SHF_GROUP; }, ELF_EGROUP,
     "is not in a group"},
    {"relocation_entry_size", [](ElfFile& f) { f.section(".rel.text").sh_entsize = 12; }, ELF_ERELOCATION,
     "relocation entries"},
    {"relocation_entry_size_0", [](ElfFile& f) { f.section(".rel.text").sh_entsize = 0; }, ELF_ERELOCATION,
     "relocation entries"},
    {"relocations_not_whole", [](ElfFile& f) { f.section(".rel.text").sh_size -= 4; }, ELF_ERELOCATION,
     "relocation entries"},
    {"relocation_symbols", [](ElfFile& f) { f.section(".rel.text").sh_link = 1; }, ELF_ERELOCATION, "symbol table"},
    {"relocation_target_null", [](ElfFile& f) { f.section(".rel.text").sh_info = 0; }, ELF_ERELOCATION,
     "does not exist"},
    {"relocation_target_outside", [](ElfFile& f) { f.section(".rel.text").sh_info = 1000; }, ELF_ERELOCATION,
     "does not exist"},
    {"relocation_of_nobits", [](ElfFile& f) { f.section(".rel.text").sh_info = f.section_index(".bss"); },
     ELF_ERELOCATION, "without bytes"},
    {"relocation_type", [](ElfFile& f) { f.relocation(".rel.text", 1).r_info = ELF32_R_INFO(3, R_386_GOTPC); },
     ELF_EUNSUPPORTED, "(.rel.text): relocation 1: R_386_GOTPC (10) is not supported"},
    {"relocation_type_unknown", [](ElfFile& f) { f.relocation(".rel.text", 1).r_info = ELF32_R_INFO(3, 200); },
     ELF_EUNSUPPORTED, "unknown relocation type (200)"},
    {"relocation_type_none", [](ElfFile& f) { f.relocation(".rel.text", 1).r_info = ELF32_R_INFO(3, R_386_NONE); },
     ELF_EUNSUPPORTED, "R_386_NONE"},
    {"relocation_width", [](ElfFile& f) { f.relocation(".rel.text", 2).r_offset = 29; }, ELF_ERELOCATION,
     "relocation 2: offset 0x1d reaches outside"},
    {"relocation_wraps", [](ElfFile& f) { f.relocation(".rel.text", 2).r_offset = 0xfffffffe; }, ELF_ERELOCATION,
     "reaches outside"},
    {"relocation_symbol_outside", [](ElfFile& f) { f.relocation(".rel.text", 0).r_info = ELF32_R_INFO(99, R_386_32); },
     ELF_ERELOCATION, "refers to symbol 99, which does not exist"},
    {"relocation_to_unloaded", [](ElfFile& f) { f.symbol("value").st_shndx = f.section_index(".debug_info"); },
     ELF_ERELOCATION, "value is in a section that is not loaded"},
};

class ElfRules : public testing::TestWithParam<Rule> {};

TEST_P(ElfRules, broken_is_refused_by_name) {
  ElfFile file(sample_object());
  GetParam().breaks(file);
  Validation validation(file.bytes);
  EXPECT_EQ(validation.status, GetParam().code) << validation.error.text;
  EXPECT_EQ(validation.error.code, validation.status);
  EXPECT_NE(std::string(validation.error.text).find(GetParam().text), std::string::npos) << validation.error.text;
}

INSTANTIATE_TEST_SUITE_P(Loader, ElfRules, testing::ValuesIn(rules),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(ElfValidation, accepts_the_sound_object) {
  Validation validation(sample_object());
  EXPECT_EQ(validation.status, ELF_OK) << validation.error.text;
}

TEST(ElfValidation, refuses_every_truncation) {
  std::vector<uint8_t> object = sample_object();
  for (size_t size = 0; size < object.size(); size++) {
    // A buffer of exactly that size, so that a sanitizer detects any access past it.
    std::vector<uint8_t> shorter(object.begin(), object.begin() + static_cast<ptrdiff_t>(size));
    shorter.shrink_to_fit();
    EXPECT_NE(Validation(shorter).status, ELF_OK) << size;
  }
}

TEST(ElfValidation, survives_every_changed_byte) {
  std::vector<uint8_t> object = sample_object();
  for (size_t at = 0; at < object.size(); at++)
    for (uint8_t change : {0x01, 0x80, 0xff}) {
      std::vector<uint8_t> changed = object;
      changed[at] ^= change;
      Validation validation(changed);
      EXPECT_EQ(validation.status == ELF_OK, validation.error.text[0] == '\0');
    }
}

TEST(ElfValidation, names_the_room_that_is_missing) {
  std::vector<uint8_t> object = sample_object();
  EXPECT_STREQ(Validation(object, 13, 256).error.text, "has 14 sections, the loader has room for 13");
  EXPECT_STREQ(Validation(object, 256, 8).error.text, "has 9 symbols, the loader has room for 8");
}

TEST(ElfValidation, refuses_old_style_constructors) {
  ElfBuilder builder;
  builder.add_section(".ctors.1", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, 4, std::vector<uint8_t>(4));
  EXPECT_EQ(Validation(builder.build()).status, ELF_EUNSUPPORTED);
}

TEST(ElfValidation, limits_the_sections_of_constructors) {
  auto status_with = [](unsigned count) {
    ElfBuilder builder;
    for (unsigned i = 0; i < count; i++)
      builder.add_section(".init_array." + std::to_string(i), SHT_INIT_ARRAY, SHF_ALLOC | SHF_WRITE, 4, {0, 0, 0, 0});
    return Validation(builder.build(), 1024).status;
  };
  EXPECT_EQ(status_with(ELF_MAX_INIT_ARRAYS), ELF_OK);
  EXPECT_EQ(status_with(ELF_MAX_INIT_ARRAYS + 1), ELF_ELIMIT);
}

TEST(ElfValidation, does_not_judge_relocations_of_debug_information) {
  ElfBuilder builder;
  uint16_t debug = builder.add_section(".debug_info", SHT_PROGBITS, 0, 1, std::vector<uint8_t>(8));
  builder.add_relocation(debug, 0, 0, R_386_TLS_LDO_32);
  EXPECT_EQ(Validation(builder.build()).status, ELF_OK);
}

TEST(ElfValidation, shows_unprintable_names_harmlessly) {
  ElfBuilder builder;
  builder.add_symbol("a\033[2Jb", STB_GLOBAL, STT_TLS, SHN_UNDEF, 0, 0);
  EXPECT_STREQ(Validation(builder.build()).error.text, "symbol 1 (a?[2Jb): thread-local storage");
}

} // namespace
} // namespace ajit::test
