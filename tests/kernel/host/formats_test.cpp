// The small parts that the file formats share: hashes, message texts, the state file.
#include <formats/hash.h>
#include <formats/profile_state.h>
#include <formats/text.h>

#include <cstring>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace ajit::test {
namespace {

TEST(Hash, gives_the_published_values) {
  EXPECT_EQ(hash64(HASH64_START, "", 0), 0xcbf29ce484222325u);
  EXPECT_EQ(hash64_text(HASH64_START, "a"), 0xaf63dc4c8601ec8cu);
  EXPECT_EQ(hash64_text(HASH64_START, "foobar"), 0x85944171f73967e8u);
  EXPECT_EQ(checksum32(0, "", 0), 0x02cc5d05u);
  EXPECT_EQ(checksum32(0, "abc", 3), 0x32d153ffu);
  EXPECT_EQ(checksum32(0, "Nobody inspects the spammish repetition", 39), 0xe2293b2fu);
}

TEST(Hash, depends_on_every_byte_at_every_length) {
  for (size_t size = 1; size < 70; size++) {
    std::vector<uint8_t> bytes(size, 0x5a);
    uint32_t before = checksum32(1, bytes.data(), size);
    for (size_t at = 0; at < size; at++) {
      bytes[at] ^= 1;
      EXPECT_NE(checksum32(1, bytes.data(), size), before);
      bytes[at] ^= 1;
    }
  }
}

TEST(Text, is_cut_and_terminated) {
  char bytes[8];
  text text;
  text_begin(&text, bytes, sizeof bytes);
  text_add(&text, "abc");
  text_add_number(&text, 4294967295u);
  EXPECT_STREQ(bytes, "abc4294");
  EXPECT_EQ(text.length, 7u);
  text_begin(&text, bytes, 1);
  text_add(&text, "abc");
  EXPECT_STREQ(bytes, "");
}

TEST(Text, shows_numbers) {
  char bytes[64];
  text text;
  text_begin(&text, bytes, sizeof bytes);
  text_add_number(&text, 0);
  text_add(&text, " ");
  text_add_hex(&text, 0, 1);
  text_add(&text, " ");
  text_add_hex(&text, 0xab, 4);
  text_add(&text, " ");
  text_add_hex(&text, UINT64_MAX, 1);
  EXPECT_STREQ(bytes, "0 0x0 0x00ab 0xffffffffffffffff");
}

TEST(Text, cleans_names) {
  char bytes[16];
  text text;
  text_begin(&text, bytes, sizeof bytes);
  text_add_name(&text, "a\x1b\xff\nb");
  EXPECT_STREQ(bytes, "a???b");
}

constexpr uint32_t functions = 100;
constexpr uint32_t manifest_sum = 0x12345678;

/// A new state file, and writing to it as the kernel does.
struct StateFile {
  uint32_t slot_size = profile_state_slot_size(functions);
  std::vector<uint32_t> words = std::vector<uint32_t>(2 * slot_size / 4);

  uint8_t* slot(int index) {
    return reinterpret_cast<uint8_t*>(words.data()) + static_cast<uint32_t>(index) * slot_size;
  }
  int newest(uint32_t manifest = manifest_sum) {
    return profile_state_newest(words.data(), 2 * slot_size, functions, manifest);
  }
  void write(uint8_t tier) {
    int current = newest();
    uint32_t generation = current < 0 ? 0 : profile_state_generation(slot(current));
    int next = current == 0 ? 1 : 0;
    for (uint32_t i = 0; i < functions; i++)
      profile_state_records(slot(next))[i] = {i, tier, {}};
    profile_state_seal(slot(next), functions, manifest_sum, generation + 1);
  }
};

TEST(ProfileState, starts_cold) { EXPECT_EQ(StateFile().newest(), -1); }

TEST(ProfileState, keeps_the_newest_of_two_slots) {
  StateFile file;
  for (uint8_t tier = 0; tier < 4; tier++) {
    file.write(tier);
    ASSERT_EQ(file.newest(), tier % 2);
    EXPECT_EQ(profile_state_records(file.slot(file.newest()))[99].tier, tier);
  }
}

TEST(ProfileState, falls_back_to_the_state_before_a_damaged_one) {
  for (uint32_t at = 0; at < profile_state_slot_size(functions); at++) {
    StateFile file;
    file.write(1);
    file.write(2);
    ASSERT_EQ(file.newest(), 1);
    file.slot(1)[at] ^= 0x40;
    ASSERT_EQ(file.newest(), 0) << at;
    EXPECT_EQ(profile_state_records(file.slot(0))[0].tier, 1);
  }
}

TEST(ProfileState, belongs_to_one_manifest) {
  StateFile file;
  file.write(1);
  EXPECT_EQ(file.newest(manifest_sum + 1), -1);
  EXPECT_EQ(profile_state_newest(file.words.data(), 2 * file.slot_size, functions - 1, manifest_sum), -1);
  EXPECT_EQ(profile_state_newest(file.words.data(), 2 * file.slot_size - 1, functions, manifest_sum), -1);
}

TEST(ProfileState, fills_whole_sectors) {
  EXPECT_EQ(profile_state_slot_size(0), 512u);
  EXPECT_EQ(profile_state_slot_size(61), 512u);
  EXPECT_EQ(profile_state_slot_size(62), 1024u);
}

} // namespace
} // namespace ajit::test
