// Bugs that other FAT readers have had, each as the volume that showed it: FatFs (CVE-2026-6682 to 6688), dosfstools
// (12, 25, 26), edk2 (9679).
#include "fat16_image.h"

#include <gtest/gtest.h>
#include <random>

namespace ajit::test {
namespace {

/// Lists all directories and opens every file. This must end for any content of the volume.
void use_all(Mounted& mounted) {
  for (const std::string& name : mounted.list("/")) {
    mounted.read(name.c_str());
    mounted.list(name.c_str());
  }
}

TEST(Fat16KnownBugs, a_link_is_not_followed_out_of_the_fat) { // dosfstools 12 and 26
  for (uint32_t link : {Fat16Image::clusters + 2, 0x7fffu, 0xffefu, 0xfff6u}) {
    Fat16Image image;
    put_entry(image.root_entry(0), "FILE       ", 0, 10, 1000);
    image.link(10, link);
    Mounted mounted(image.bytes);
    mounted.read("FILE");
    EXPECT_EQ(mounted.status, FAT16_ECHAIN_RANGE) << link;
  }
}

TEST(Fat16KnownBugs, the_fat_is_measured_against_the_clusters) { // dosfstools 25, FatFs
  auto mount_with = [](uint32_t fat_sectors, uint32_t clusters) {
    Fat16Image image;
    image.put16(22, fat_sectors);
    image.put16(19, 1 + 2 * fat_sectors + 4 + clusters);
    image.bytes.resize(image.bytes.size() + 512 * 1000);
    return Mounted(image.bytes).status;
  };
  EXPECT_EQ(mount_with(16, 4094), FAT16_OK) << "4,096 entries: two that do not count, and one each";
  EXPECT_EQ(mount_with(16, 4095), FAT16_EFAT_SMALL);
  EXPECT_EQ(mount_with(1, 4200), FAT16_EFAT_SMALL);
}

TEST(Fat16KnownBugs, sums_of_sizes_do_not_wrap) { // FatFs
  Fat16Image image;
  image.put16(14, 0xffff); // reserved sectors, FATs and root directory together exceed 16 bits
  image.put16(22, 0xffff);
  image.put16(17, 0xfff0);
  EXPECT_EQ(Mounted(image.bytes).status, FAT16_ENO_DATA);
  image.put8(13, 128);
  image.put16(19, 0);
  image.put32(32, 0xffffffff);
  EXPECT_EQ(Mounted(image.bytes).status, FAT16_EOUTSIDE);
}

TEST(Fat16KnownBugs, a_long_name_does_not_outgrow_its_buffer) { // FatFs
  Fat16Image image;
  const std::u16string wide(13, 0xffee);
  for (uint32_t i = 0; i < 40; i++)
    put_long_part(image.root_entry(i), static_cast<uint8_t>(0x40 | (20 - i % 20)), wide, 0);
  for (uint32_t i = 40; i < 63; i++)
    put_long_part(image.root_entry(i), static_cast<uint8_t>(i), wide, 0);
  put_entry(image.root_entry(63), "SHORT      ", 0, 0, 0);
  EXPECT_EQ(Mounted(image.bytes).list("/"), std::vector<std::string>{"SHORT"});
}

TEST(Fat16KnownBugs, a_label_is_no_name) { // FatFs
  Fat16Image image;
  put_entry(image.root_entry(0), "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", FAT16_VOLUME_LABEL, 0xffff,
            0xffffffff);
  put_entry(image.root_entry(1), "LABEL      ", FAT16_VOLUME_LABEL | FAT16_DIRECTORY, 0xffff, 0);
  EXPECT_TRUE(Mounted(image.bytes).list("/").empty());
}

TEST(Fat16KnownBugs, a_fat_full_of_one_value_ends_every_walk) { // edk2 9679: hung on mounting
  for (uint32_t value : {0x0000u, 0x0001u, 0x0002u, 0x0003u, 0xfff7u, 0xffffu}) {
    Fat16Image image;
    put_entry(image.root_entry(0), "FILE       ", 0, 2, 100000);
    put_entry(image.root_entry(1), "SUB        ", FAT16_DIRECTORY, 3, 0);
    for (uint32_t cluster = 0; cluster < Fat16Image::clusters + 2; cluster++)
      image.link(cluster, value);
    std::fill_n(image.cluster(2), 1024, uint8_t{0xe5}); // directory entries without an end mark
    Mounted mounted(image.bytes);
    ASSERT_EQ(mounted.status, FAT16_OK);
    use_all(mounted);
  }
}

TEST(Fat16KnownBugs, noise_ends_every_walk) {
  std::minstd_rand random(3);
  for (int round = 0; round < 50; round++) {
    Fat16Image image;
    for (size_t at = 512; at < Fat16Image::data_sector * 512; at++)
      image.bytes[at] = static_cast<uint8_t>(random() >> 8);
    Mounted mounted(image.bytes);
    ASSERT_EQ(mounted.status, FAT16_OK);
    use_all(mounted);
  }
}

} // namespace
} // namespace ajit::test
