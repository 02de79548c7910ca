// Names: short, lower-case, long, damaged; and directories of both kinds.
#include "fat16_image.h"

#include <gtest/gtest.h>

namespace ajit::test {
namespace {

using Names = std::vector<std::string>;

constexpr std::string_view alias = "LONGNA~1TXT";

/// A long name of two parts before its short entry: "a longer file name.txt".
void put_long_name(Fat16Image& image, uint8_t checksum = long_name_checksum(alias)) {
  put_long_part(image.root_entry(0), 0x42, u" name.txt", checksum);
  put_long_part(image.root_entry(1), 0x01, u"a longer file", checksum);
  put_entry(image.root_entry(2), alias, FAT16_ARCHIVE, 0, 0);
}

TEST(Fat16Directory, shows_short_names) {
  Fat16Image image;
  put_entry(image.root_entry(0), "NAME    EXT", 0, 0, 0);
  put_entry(image.root_entry(1), "NAME       ", 0, 0, 0);
  put_entry(image.root_entry(2), "12345678ABC", 0, 0, 0);
  put_entry(image.root_entry(3), "A B     C  ", 0, 0, 0);
  EXPECT_EQ(Mounted(image.bytes).list("/"), (Names{"NAME.EXT", "NAME", "12345678.ABC", "A B.C"}));
}

TEST(Fat16Directory, follows_the_lower_case_bits) {
  Fat16Image image;
  for (uint32_t i = 0; i < 4; i++) {
    put_entry(image.root_entry(i), "NAME    EXT", 0, 0, 0);
    image.root_entry(i)[12] = static_cast<uint8_t>(i << 3);
  }
  EXPECT_EQ(Mounted(image.bytes).list(""), (Names{"NAME.EXT", "name.EXT", "NAME.ext", "name.ext"}));
}

TEST(Fat16Directory, skips_what_is_no_file) {
  Fat16Image image;
  put_entry(image.root_entry(0), "VOLUME     ", FAT16_VOLUME_LABEL, 0, 0);
  put_entry(image.root_entry(1),
            "\xe5"
            "ELETED TXT",
            0, 0, 0);
  put_entry(image.root_entry(2),
            "\x05"
            "ANJI   TXT",
            0, 0, 0);
  put_entry(image.root_entry(4), "AFTEREND   ", 0, 0, 0);
  EXPECT_EQ(Mounted(image.bytes).list(""), (Names{"\xe5"
                                                  "ANJI.TXT"}));
}

TEST(Fat16Directory, reads_a_full_root) {
  Fat16Image image;
  for (uint32_t i = 0; i < Fat16Image::root_entries; i++)
    put_entry(image.root_entry(i), "FILE       ", 0, 0, 0);
  EXPECT_EQ(Mounted(image.bytes).list("").size(), Fat16Image::root_entries);
}

TEST(Fat16Directory, finds_both_names_in_any_case) {
  Fat16Image image;
  put_long_name(image);
  Mounted mounted(image.bytes);
  fat16_entry entry;
  ASSERT_EQ(fat16_lookup(&mounted.volume, "/A Longer File Name.TXT", &entry), FAT16_OK);
  EXPECT_STREQ(entry.name, "a longer file name.txt");
  EXPECT_STREQ(entry.short_name, "LONGNA~1.TXT");
  EXPECT_EQ(fat16_lookup(&mounted.volume, "longna~1.txt", &entry), FAT16_OK);
  EXPECT_EQ(fat16_lookup(&mounted.volume, "longna~1", &entry), FAT16_ENOT_FOUND);
}

TEST(Fat16Directory, falls_back_to_the_short_name) {
  auto name_after = [](auto breaks) {
    Fat16Image image;
    put_long_name(image);
    breaks(image);
    Names names = Mounted(image.bytes).list("");
    return names.empty() ? std::string() : names.back();
  };
  const std::string plain = "LONGNA~1.TXT";
  EXPECT_EQ(name_after([](Fat16Image&) {}), "a longer file name.txt");
  EXPECT_EQ(name_after([](Fat16Image& i) { i.root_entry(1)[13] ^= 1; }), plain) << "checksums of the parts differ";
  EXPECT_EQ(name_after([](Fat16Image& i) { i.root_entry(2)[0] = 'X'; }), "XONGNA~1.TXT") << "of another short name";
  EXPECT_EQ(name_after([](Fat16Image& i) { i.root_entry(0)[0] = 0xe5; }), plain) << "part deleted";
  EXPECT_EQ(name_after([](Fat16Image& i) { i.root_entry(0)[0] = 0x43; }), plain) << "part missing";
  EXPECT_EQ(name_after([](Fat16Image& i) { i.root_entry(0)[0] = 0x02; }), plain) << "no first part";
  EXPECT_EQ(name_after([](Fat16Image& i) { i.root_entry(1)[0] = 0x02; }), plain) << "out of order";
  EXPECT_EQ(name_after([](Fat16Image& i) { i.root_entry(0)[0] = 0x40; }), plain) << "part 0";
  EXPECT_EQ(name_after([](Fat16Image& i) { i.root_entry(0)[0] = 0x55; }), plain) << "part 21";
  EXPECT_EQ(name_after([](Fat16Image& i) { i.root_entry(1)[12] = 1; }), plain) << "another kind of entry";
  EXPECT_EQ(name_after([](Fat16Image& i) { i.root_entry(1)[26] = 1; }), plain) << "a part with a cluster";
  EXPECT_EQ(name_after([](Fat16Image& i) { i.root_entry(1)[1] = '/'; }), plain) << "a name with a slash";
  EXPECT_EQ(name_after([](Fat16Image& i) { i.root_entry(1)[1] = 7; }), plain) << "a name with a control character";
  EXPECT_EQ(name_after([](Fat16Image& i) { i.root_entry(1)[1] = 0; }), plain) << "an empty name";
  EXPECT_EQ(name_after([](Fat16Image& i) { put_entry(i.root_entry(1), "VOLUME     ", 8, 0, 0); }), plain);
}

TEST(Fat16Directory, limits_long_names_to_255_units) {
  auto name_of = [](uint32_t length) {
    Fat16Image image;
    uint32_t parts = (length + 12) / 13;
    for (uint32_t i = 0; i < parts; i++) {
      uint32_t part = parts - i;
      uint32_t units = std::min(13u, length - (part - 1) * 13);
      put_long_part(image.root_entry(i), static_cast<uint8_t>(part | (i == 0 ? 0x40 : 0)),
                    std::u16string(units, 0x20ac), long_name_checksum(alias));
    }
    put_entry(image.root_entry(parts), alias, 0, 0, 0);
    return Mounted(image.bytes).list("").at(0);
  };
  EXPECT_EQ(name_of(255).size(), 255u * 3);
  EXPECT_EQ(name_of(13), "€€€€€€€€€€€€€") << "no room for a terminator, and none needed";
  EXPECT_EQ(name_of(256), "LONGNA~1.TXT");
  EXPECT_EQ(name_of(260), "LONGNA~1.TXT");
}

TEST(Fat16Directory, converts_long_names_to_utf8) {
  Fat16Image image;
  uint8_t sum = long_name_checksum(alias);
  put_long_part(image.root_entry(0), 0x41, u"é€😀", sum);
  put_entry(image.root_entry(1), alias, 0, 0, 0);
  char16_t halves[] = {0xd83d, u'x', 0xde00};
  put_long_part(image.root_entry(2), 0x41, std::u16string_view(halves, 3), sum);
  put_entry(image.root_entry(3), alias, 0, 0, 0);
  EXPECT_EQ(Mounted(image.bytes).list(""), (Names{"é€😀", "\xef\xbf\xbdx\xef\xbf\xbd"}));
}

/// A directory SUB in clusters 20 and 30, whose seventeenth entry is a file.
void put_subdirectory(Fat16Image& image) {
  put_entry(image.root_entry(0), "SUB        ", FAT16_DIRECTORY, 20, 0);
  image.chain({20, 30});
  put_entry(image.cluster(20), ".          ", FAT16_DIRECTORY, 20, 0);
  put_entry(image.cluster(20) + 32, "..         ", FAT16_DIRECTORY, 0, 0);
  for (int i = 2; i < 16; i++)
    put_entry(image.cluster(20) + 32 * i,
              "\xe5"
              "ELETED    ",
              0, 0, 0);
  put_entry(image.cluster(30), "FILE    TXT", 0, 40, 3);
  image.chain({40});
  std::copy_n("abc", 3, image.cluster(40));
}

TEST(Fat16Directory, walks_chained_directories) {
  Fat16Image image;
  put_subdirectory(image);
  Mounted mounted(image.bytes);
  EXPECT_EQ(mounted.list("sub"), (Names{"FILE.TXT"}));
  EXPECT_EQ(mounted.list("/SUB/"), (Names{"FILE.TXT"}));
  EXPECT_EQ(mounted.read("sub//file.txt"), "abc");
}

TEST(Fat16Directory, tells_files_and_directories_apart) {
  Fat16Image image;
  put_subdirectory(image);
  put_entry(image.root_entry(1), "EMPTY      ", 0, 0, 0);
  Mounted mounted(image.bytes);
  fat16_entry entry;
  fat16_file file;
  EXPECT_EQ(fat16_open(&mounted.volume, "SUB", &file), FAT16_EIS_DIRECTORY);
  EXPECT_EQ(fat16_open(&mounted.volume, "/", &file), FAT16_EIS_DIRECTORY);
  EXPECT_EQ(fat16_lookup(&mounted.volume, "EMPTY/FILE", &entry), FAT16_ENOT_DIRECTORY);
  EXPECT_EQ(fat16_lookup(&mounted.volume, "SUB/NONE", &entry), FAT16_ENOT_FOUND);
  EXPECT_EQ(fat16_lookup(&mounted.volume, "SUB/..", &entry), FAT16_ENOT_FOUND);
  EXPECT_EQ(fat16_lookup(&mounted.volume, std::string(800, 'x').c_str(), &entry), FAT16_EPATH);
  mounted.list("EMPTY");
  EXPECT_EQ(mounted.status, FAT16_ENOT_DIRECTORY);
}

TEST(Fat16Directory, ends_with_an_error_in_broken_chains) {
  auto status_after = [](uint32_t link) {
    Fat16Image image;
    put_subdirectory(image);
    for (int i = 0; i < 16; i++)
      put_entry(image.cluster(30) + 32 * i,
                "\xe5"
                "ELETED    ",
                0, 0, 0);
    image.link(30, link);
    Mounted mounted(image.bytes);
    mounted.list("SUB");
    return mounted.status;
  };
  EXPECT_EQ(status_after(0xffff), FAT16_OK) << "a directory may end without an end mark";
  EXPECT_EQ(status_after(20), FAT16_EDIRECTORY_LONG) << "cycle";
  EXPECT_EQ(status_after(30), FAT16_EDIRECTORY_LONG) << "cycle";
  EXPECT_EQ(status_after(0), FAT16_ECHAIN_FREE);
  EXPECT_EQ(status_after(1), FAT16_ECHAIN_RESERVED);
  EXPECT_EQ(status_after(0xfff7), FAT16_ECHAIN_BAD);
  EXPECT_EQ(status_after(0xf000), FAT16_ECHAIN_RANGE);
}

TEST(Fat16Directory, refuses_directories_without_a_proper_cluster) {
  auto status_with = [](uint32_t cluster) {
    Fat16Image image;
    put_entry(image.root_entry(0), "SUB        ", FAT16_DIRECTORY, cluster, 0);
    Mounted mounted(image.bytes);
    mounted.list("SUB");
    fat16_entry entry;
    EXPECT_EQ(fat16_lookup(&mounted.volume, "SUB/FILE", &entry), mounted.status);
    return mounted.status;
  };
  EXPECT_EQ(status_with(0), FAT16_EEMPTY_CHAIN) << "cluster 0 would be the root again";
  EXPECT_EQ(status_with(1), FAT16_ECHAIN_RESERVED);
  EXPECT_EQ(status_with(0xffff), FAT16_ECHAIN_RANGE);
}

TEST(Fat16Directory, passes_on_what_the_visitor_returns) {
  Fat16Image image;
  put_entry(image.root_entry(0), "FILE       ", 0, 0, 0);
  Mounted mounted(image.bytes);
  auto stop = [](void*, const fat16_entry*) { return 7; };
  EXPECT_EQ(fat16_list(&mounted.volume, "", stop, nullptr), 7);
}

} // namespace
} // namespace ajit::test
