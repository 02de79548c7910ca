// Stamps: seals one, then breaks every field in turn.
#include "elf_object.h"
#include <formats/exports.h>
#include <formats/object_stamp.h>

#include <cstring>
#include <functional>
#include <gtest/gtest.h>

namespace ajit::test {
namespace {

constexpr uint64_t source = 0x1122334455667788;

std::vector<uint8_t> unsealed(uint32_t flags = 0, uint32_t size = sizeof(object_stamp)) {
  ElfBuilder builder;
  builder.add_section(".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 16, std::vector<uint8_t>(100, 0x90));
  builder.add_section(OBJECT_STAMP_SECTION, SHT_PROGBITS, flags, 1, std::vector<uint8_t>(size));
  return builder.build();
}

/// A sealed object whose stamp was changed before sealing.
std::vector<uint8_t> sealed(const std::function<void(object_stamp&)>& change = [](object_stamp&) {}) {
  Validation validation(unsealed());
  object_stamp stamp;
  object_stamp_fill(&stamp, 2, source, OBJECT_CPU_PENTIUM4);
  change(stamp);
  object_stamp_error error;
  EXPECT_EQ(object_stamp_seal(&validation.object, validation.bytes.data(), &stamp, &error), OBJECT_STAMP_OK);
  return validation.bytes;
}

object_stamp_error check(std::vector<uint8_t> bytes, object_expectation expected = {source, OBJECT_CPU_PENTIUM4, 2}) {
  Validation validation(std::move(bytes));
  EXPECT_EQ(validation.status, ELF_OK);
  object_stamp_error error;
  EXPECT_EQ(object_stamp_check(&validation.object, &expected, &error), error.code);
  return error;
}

TEST(ObjectStamp, accepts_the_object_it_was_made_for) { EXPECT_EQ(check(sealed()).code, OBJECT_STAMP_OK); }

TEST(ObjectStamp, notices_every_changed_byte_of_the_code) {
  std::vector<uint8_t> bytes = sealed();
  ElfFile file(bytes);
  for (uint32_t i = 0; i < 100; i++) {
    bytes[file.section(".text").sh_offset + i] ^= 0x10;
    EXPECT_EQ(check(bytes).code, OBJECT_STAMP_ECHECKSUM);
    bytes[file.section(".text").sh_offset + i] ^= 0x10;
  }
}

TEST(ObjectStamp, refuses_an_object_without_a_proper_stamp) {
  EXPECT_STREQ(check(sample_object()).text, "stamp: no section .ajit.stamp");
  EXPECT_STREQ(check(unsealed(SHF_ALLOC)).text, "stamp: in a section that would be loaded");
  EXPECT_STREQ(check(unsealed(0, 47)).text, "stamp: of the wrong size");
  EXPECT_EQ(check(unsealed()).code, OBJECT_STAMP_EMAGIC);
}

TEST(ObjectStamp, does_not_look_where_a_null_section_points) {
  ElfFile file(sealed());
  file.section(OBJECT_STAMP_SECTION).sh_offset = 0x7fffffff;
  file.section(OBJECT_STAMP_SECTION).sh_type = SHT_NULL;
  EXPECT_EQ(check(file.bytes).code, OBJECT_STAMP_EMISSING);
}

TEST(ObjectStamp, gives_the_reason_of_a_mismatch) {
  auto code_after = [](auto change) { return check(sealed(change)).code; };
  EXPECT_EQ(code_after([](object_stamp& s) { s.magic ^= 1; }), OBJECT_STAMP_EMAGIC);
  EXPECT_EQ(code_after([](object_stamp& s) { s.version++; }), OBJECT_STAMP_EVERSION);
  EXPECT_EQ(code_after([](object_stamp& s) { s.size++; }), OBJECT_STAMP_EVERSION);
  EXPECT_EQ(code_after([](object_stamp& s) { s.target_hash++; }), OBJECT_STAMP_ETARGET);
  EXPECT_EQ(code_after([](object_stamp& s) { s.export_hash++; }), OBJECT_STAMP_EEXPORTS);
  EXPECT_EQ(code_after([](object_stamp& s) { s.cpu_features |= 1u << 31; }), OBJECT_STAMP_ECPU);
  EXPECT_EQ(code_after([](object_stamp& s) { s.tier = 3; }), OBJECT_STAMP_ETIER);
  EXPECT_EQ(code_after([](object_stamp& s) { s.source_hash++; }), OBJECT_STAMP_ESOURCE);
}

TEST(ObjectStamp, shows_both_values) {
  EXPECT_STREQ(check(sealed(), {source + 1, OBJECT_CPU_PENTIUM4, 2}).text,
               "stamp: made from another source: object 0x1122334455667788, manifest 0x1122334455667789");
  EXPECT_STREQ(check(sealed(), {source, OBJECT_CPU_PENTIUM4 & ~OBJECT_CPU_SSE2, 2}).text,
               "stamp: needs CPU features that the processor lacks: object 0x0000003f, processor 0x0000001f");
}

TEST(ObjectStamp, needs_no_more_of_a_processor_than_the_object_uses) {
  EXPECT_EQ(check(sealed(), {source, 0xffffffff, 2}).code, OBJECT_STAMP_OK);
}

TEST(Exports, are_sorted_and_unique) {
  std::vector<std::string> names;
#define ADD_NAME(name, signature) names.push_back(#name);
  AJIT_EXPORTS(ADD_NAME)
#undef ADD_NAME
  for (size_t i = 1; i < names.size(); i++)
    EXPECT_LT(names[i - 1], names[i]);
}

} // namespace
} // namespace ajit::test
