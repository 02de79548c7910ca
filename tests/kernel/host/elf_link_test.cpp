// The loader on a valid object: where it puts sections, how it applies relocations, and what it frees if it has to give
// up.
#include "elf_object.h"

#include <cstring>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <set>

namespace ajit::test {
namespace {

constexpr uint32_t code_base = 0x00100000;
constexpr uint32_t data_base = 0x00200000;

/// A loader environment whose pools, symbols and groups the test controls.
class FakeHost {
public:
  FakeHost() : host{this, allocate, release, resolve, keep_group} {}

  std::map<std::string, uint32_t> symbols;
  std::set<std::string> dropped_groups;
  int full_pool = -1; ///< a pool without room
  unsigned live_blocks = 0;
  uint32_t alignments[ELF_POOL_COUNT] = {};
  std::vector<std::string> asked; ///< names that the loader resolved
  elf_host host;

private:
  static int allocate(void* context, elf_pool pool, uint32_t size, uint32_t alignment, elf_block* block) {
    auto& self = *static_cast<FakeHost*>(context);
    if (self.full_pool == pool) return -1;
    block->write = new uint8_t[size];
    block->run = pool == ELF_POOL_CODE ? code_base : data_base;
    self.alignments[pool] = alignment;
    self.live_blocks++;
    return 0;
  }
  static void release(void* context, elf_pool, const elf_block* block) {
    delete[] static_cast<uint8_t*>(block->write);
    static_cast<FakeHost*>(context)->live_blocks--;
  }
  static int resolve(void* context, const char* name, uint32_t* address) {
    auto& self = *static_cast<FakeHost*>(context);
    self.asked.push_back(name);
    auto found = self.symbols.find(name);
    if (found == self.symbols.end()) return -1;
    *address = found->second;
    return 0;
  }
  static bool keep_group(void* context, const char* signature) {
    return !static_cast<FakeHost*>(context)->dropped_groups.contains(signature);
  }
};

/// Links an object and releases it at the end of the test.
class Linked {
public:
  Linked(FakeHost& host, const std::vector<uint8_t>& bytes) : host_(host), validation_(bytes) {
    EXPECT_EQ(validation_.status, ELF_OK) << validation_.error.text;
    status = elf_object_link(&validation_.object, &host.host, &image, &error);
  }
  ~Linked() { elf_image_release(&image, &host_.host); }

  uint32_t address(const char* name) {
    return elf_object_symbol_address(&validation_.object, elf_object_find_symbol(&validation_.object, name));
  }
  uint32_t word(elf_pool pool, uint32_t address) {
    uint32_t value;
    std::memcpy(&value, static_cast<uint8_t*>(image.blocks[pool].write) + (address - image.blocks[pool].run), 4);
    return value;
  }
  uint32_t code(uint32_t offset) { return word(ELF_POOL_CODE, code_base + offset); }

  elf_image image = {};
  elf_error error = {};
  int status;

private:
  FakeHost& host_;
  Validation validation_;
};

TEST(ElfLink, applies_all_three_relocation_types_for_the_run_address) {
  FakeHost host;
  host.symbols["external"] = 0x00301234;
  Linked linked(host, sample_object());
  ASSERT_EQ(linked.status, ELF_OK) << linked.error.text;
  EXPECT_EQ(linked.code(0), linked.address("value"));
  EXPECT_EQ(linked.code(4), 0x00301234 - (code_base + 4));
  EXPECT_EQ(linked.code(8), 0x00301234 - (code_base + 8));
  EXPECT_EQ(linked.code(12), linked.address("common"));
  EXPECT_EQ(linked.code(16), 0u) << "an unresolved weak symbol is null";
  EXPECT_EQ(linked.code(20), linked.address("shared") - (code_base + 20));
  EXPECT_EQ(linked.word(ELF_POOL_DATA, linked.code(24)), 0x0c0c0c0cu);
  EXPECT_EQ(linked.code(28), 0u - (code_base + 28)) << "a call of a constant address";
}

TEST(ElfLink, adds_the_addend_that_is_in_place) {
  FakeHost host;
  host.symbols["external"] = 0x00300000;
  ElfFile file(sample_object());
  file.word(".text", 0) = 16;
  file.word(".text", 1) = static_cast<uint32_t>(-4);
  Linked linked(host, file.bytes);
  EXPECT_EQ(linked.code(0), linked.address("value") + 16);
  EXPECT_EQ(linked.code(4), 0x00300000 - (code_base + 4) - 4);
}

TEST(ElfLink, keeps_code_and_data_apart_and_aligned) {
  FakeHost host;
  host.symbols["external"] = 1;
  Linked linked(host, sample_object());
  EXPECT_EQ(linked.address("entry"), code_base);
  EXPECT_EQ(linked.address("shared"), code_base + 32);
  EXPECT_GE(linked.address("value"), data_base);
  EXPECT_EQ(linked.address("buffer") % 32, 0u);
  EXPECT_EQ(linked.address("common") % 8, 0u);
  EXPECT_EQ(host.alignments[ELF_POOL_CODE], 16u);
  EXPECT_EQ(host.alignments[ELF_POOL_DATA], 32u);
  EXPECT_EQ(linked.word(ELF_POOL_DATA, linked.address("buffer")), 0u);
  EXPECT_EQ(linked.word(ELF_POOL_DATA, linked.address("common")), 0u);
  EXPECT_EQ(linked.word(ELF_POOL_DATA, linked.address("value")), 0xdadadadau);
}

TEST(ElfLink, fills_gaps_in_code_with_breakpoints) {
  ElfBuilder builder;
  builder.add_section(".text.a", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 1, {0xc3});
  builder.add_section(".text.b", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 16, {0xc3});
  FakeHost host;
  Linked linked(host, builder.build());
  EXPECT_EQ(linked.code(0), 0xccccccc3u);
  EXPECT_EQ(linked.image.blocks[ELF_POOL_CODE].size, 17u);
  EXPECT_EQ(linked.image.blocks[ELF_POOL_DATA].write, nullptr) << "no data, no block";
}

TEST(ElfLink, finds_the_constructors) {
  FakeHost host;
  host.symbols["external"] = 1;
  Linked linked(host, sample_object());
  ASSERT_EQ(linked.image.init_array_count, 1u);
  EXPECT_EQ(linked.word(ELF_POOL_DATA, linked.image.init_array), linked.address("entry"));
}

TEST(ElfLink, orders_constructors_by_priority) {
  ElfBuilder builder;
  auto add = [&builder](const char* name, uint8_t mark) {
    builder.add_section(name, SHT_INIT_ARRAY, SHF_ALLOC | SHF_WRITE, 4, std::vector<uint8_t>(4, mark));
  };
  add(".init_array", 4);
  add(".init_array.1000", 3);
  add(".init_array.101", 1);
  add(".init_array.200", 2);
  add(".init_array", 5);
  FakeHost host;
  Linked linked(host, builder.build());
  ASSERT_EQ(linked.image.init_array_count, 5u);
  for (uint32_t i = 0; i < 5; i++)
    EXPECT_EQ(linked.word(ELF_POOL_DATA, linked.image.init_array + 4 * i), 0x01010101u * (i + 1));
}

TEST(ElfLink, runs_constructors_with_odd_priorities_last) {
  for (const char* name : {".init_array.65536", ".init_array.65537", ".init_array.65539", ".init_array.99999999999",
                           ".init_array.x", ".init_array.1x", ".odd"}) {
    ElfBuilder builder;
    builder.add_section(name, SHT_INIT_ARRAY, SHF_ALLOC | SHF_WRITE, 4, {2, 2, 2, 2});
    builder.add_section(".init_array.65535", SHT_INIT_ARRAY, SHF_ALLOC | SHF_WRITE, 4, {1, 1, 1, 1});
    FakeHost host;
    Linked linked(host, builder.build());
    ASSERT_EQ(linked.image.init_array_count, 2u) << name;
    EXPECT_EQ(linked.word(ELF_POOL_DATA, linked.image.init_array + 4), 0x02020202u) << name;
  }
}

TEST(ElfLink, leaves_unwind_tables_and_their_imports_in_the_file) {
  ElfBuilder builder;
  uint16_t frame = builder.add_section(".eh_frame", SHT_PROGBITS, SHF_ALLOC, 4, std::vector<uint8_t>(16));
  uint32_t personality = builder.add_symbol("__gxx_personality_v0", STB_GLOBAL, STT_NOTYPE, SHN_UNDEF, 0, 0);
  builder.add_relocation(frame, 0, personality, R_386_32);
  FakeHost host;
  Linked linked(host, builder.build());
  EXPECT_EQ(linked.status, ELF_OK) << linked.error.text;
  EXPECT_TRUE(host.asked.empty());
  EXPECT_EQ(host.live_blocks, 0u);
}

TEST(ElfLink, uses_the_other_copy_of_a_dropped_group) {
  FakeHost host;
  host.symbols["external"] = 1;
  host.symbols["shared"] = 0x00400000;
  host.dropped_groups.insert("shared");
  Linked linked(host, sample_object());
  ASSERT_EQ(linked.status, ELF_OK) << linked.error.text;
  EXPECT_EQ(linked.code(20), 0x00400000 - (code_base + 20));
  EXPECT_EQ(linked.image.blocks[ELF_POOL_CODE].size, 32u) << "the dropped copy takes no memory";
}

TEST(ElfLink, refuses_a_local_reference_into_a_dropped_group) {
  ElfBuilder builder;
  uint16_t text = builder.add_section(".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 4, std::vector<uint8_t>(4));
  uint16_t table = builder.add_section(".rodata.f", SHT_PROGBITS, SHF_ALLOC, 4, std::vector<uint8_t>(4));
  uint32_t local = builder.add_symbol("table", STB_LOCAL, STT_OBJECT, table, 0, 4);
  uint32_t signature = builder.add_symbol("f", STB_WEAK, STT_OBJECT, table, 0, 4);
  builder.add_relocation(text, 0, local, R_386_32);
  builder.add_group(signature, {table});
  FakeHost host;
  host.dropped_groups.insert("f");
  Linked linked(host, builder.build());
  EXPECT_EQ(linked.status, ELF_EGROUP);
  EXPECT_STREQ(linked.error.text, "symbol 1 (table): local to a discarded group, but a loaded section uses it");
}

TEST(ElfLink, refuses_an_unresolved_symbol_before_taking_memory) {
  FakeHost host;
  Linked linked(host, sample_object());
  EXPECT_EQ(linked.status, ELF_EUNRESOLVED);
  EXPECT_STREQ(linked.error.text, "symbol 7 (external): not defined by the program or the kernel");
  EXPECT_EQ(host.live_blocks, 0u);
}

TEST(ElfLink, leaves_nothing_allocated_when_a_pool_is_full) {
  for (int pool : {ELF_POOL_CODE, ELF_POOL_DATA}) {
    FakeHost host;
    host.symbols["external"] = 1;
    host.full_pool = pool;
    Linked linked(host, sample_object());
    EXPECT_EQ(linked.status, ELF_ENO_MEMORY);
    EXPECT_NE(std::string(linked.error.text).find(pool == ELF_POOL_CODE ? "code pool" : "data pool"),
              std::string::npos);
    EXPECT_EQ(host.live_blocks, 0u);
    EXPECT_EQ(linked.image.blocks[ELF_POOL_CODE].write, nullptr);
  }
}

TEST(ElfLink, releases_what_it_placed) {
  FakeHost host;
  host.symbols["external"] = 1;
  {
    Linked linked(host, sample_object());
    EXPECT_EQ(host.live_blocks, 2u);
  }
  EXPECT_EQ(host.live_blocks, 0u);
}

TEST(ElfLink, links_every_changed_object_that_validation_lets_through) {
  std::vector<uint8_t> object = sample_object();
  for (size_t at = 0; at < object.size(); at++) {
    std::vector<uint8_t> changed = object;
    changed[at] ^= 0x04;
    Validation validation(changed);
    if (validation.status != ELF_OK) continue;
    FakeHost host;
    host.symbols["external"] = 1;
    elf_image image;
    elf_error error;
    if (elf_object_link(&validation.object, &host.host, &image, &error) == ELF_OK)
      elf_image_release(&image, &host.host);
    EXPECT_EQ(host.live_blocks, 0u);
  }
}

TEST(ElfView, describes_symbols) {
  Validation validation(sample_object());
  elf_symbol_view view;
  elf_object_symbol(&validation.object, elf_object_find_symbol(&validation.object, "shared"), &view);
  EXPECT_STREQ(view.name, "shared");
  EXPECT_TRUE(view.defined && view.global && view.weak && view.function);
  EXPECT_EQ(view.size, 16u);
  EXPECT_EQ(elf_object_find_symbol(&validation.object, "external"), 0u) << "not defined here";
  EXPECT_EQ(elf_object_find_symbol(&validation.object, "table"), 0u) << "local";
}

TEST(ElfView, names_every_relocation_type_up_to_GOT32X) {
  EXPECT_STREQ(elf_relocation_name(R_386_GOT32X), "R_386_GOT32X");
  EXPECT_STREQ(elf_relocation_name(R_386_TLS_LE), "R_386_TLS_LE");
  EXPECT_STREQ(elf_relocation_name(255), "an unknown relocation type");
}

} // namespace
} // namespace ajit::test
