// Breaks every rule of mounting and of cluster chains in turn: each case changes one thing in a valid volume and names
// the expected status.
#include "fat16_image.h"

#include <functional>
#include <gtest/gtest.h>

namespace ajit::test {
namespace {

struct Rule {
  const char* name;
  std::function<void(Fat16Image&)> breaks;
  int status;
};

void PrintTo(const Rule& rule, std::ostream* out) { *out << rule.name; }

const Rule mount_rules[] = {
    {"signature", [](Fat16Image& i) { i.put8(510, 0); }, FAT16_ENO_SIGNATURE},
    {"jump", [](Fat16Image& i) { i.put8(0, 0x90); }, FAT16_ENO_PARTITION},
    {"sector_size_0", [](Fat16Image& i) { i.put16(11, 0); }, FAT16_ESECTOR_SIZE},
    {"sector_size_small", [](Fat16Image& i) { i.put16(11, 256); }, FAT16_ESECTOR_SIZE},
    {"sector_size_large", [](Fat16Image& i) { i.put16(11, 8192); }, FAT16_ESECTOR_SIZE},
    {"sector_size_not_power", [](Fat16Image& i) { i.put16(11, 1536); }, FAT16_ESECTOR_SIZE},
    {"cluster_size_0", [](Fat16Image& i) { i.put8(13, 0); }, FAT16_ECLUSTER_SIZE},
    {"cluster_size_not_power", [](Fat16Image& i) { i.put8(13, 3); }, FAT16_ECLUSTER_SIZE},
    {"reserved_0", [](Fat16Image& i) { i.put16(14, 0); }, FAT16_ERESERVED},
    {"fats_0", [](Fat16Image& i) { i.put8(16, 0); }, FAT16_EFAT_COUNT},
    {"fats_3", [](Fat16Image& i) { i.put8(16, 3); }, FAT16_EFAT_COUNT},
    {"fat_size_0", [](Fat16Image& i) { i.put16(22, 0); }, FAT16_ETYPE_FAT32},
    {"root_0", [](Fat16Image& i) { i.put16(17, 0); }, FAT16_EROOT_SIZE},
    {"root_part_sector", [](Fat16Image& i) { i.put16(17, 63); }, FAT16_EROOT_SIZE},
    {"total_0", [](Fat16Image& i) { i.put16(19, 0); }, FAT16_ETOTAL},
    {"totals_differ", [](Fat16Image& i) { i.put32(32, 5000); }, FAT16_ETOTAL},
    {"total_past_device", [](Fat16Image& i) { i.put16(19, Fat16Image::total_sectors + 1); }, FAT16_EOUTSIDE},
    {"total_32_past_device",
     [](Fat16Image& i) {
       i.put16(19, 0);
       i.put32(32, 0xffffffff);
     },
     FAT16_EOUTSIDE},
    {"no_data", [](Fat16Image& i) { i.put16(19, Fat16Image::data_sector); }, FAT16_ENO_DATA},
    {"fats_fill_volume", [](Fat16Image& i) { i.put16(22, 0xffff); }, FAT16_ENO_DATA},
    {"too_few_clusters", [](Fat16Image& i) { i.put16(19, Fat16Image::data_sector + 4084); }, FAT16_ETYPE_FAT12},
    {"fat_too_small",
     [](Fat16Image& i) {
       i.put16(22, 16); // 4,096 entries for 4,102 clusters and the two that do not exist
     },
     FAT16_EFAT_SMALL},
};

class Fat16MountRules : public testing::TestWithParam<Rule> {};

TEST_P(Fat16MountRules, broken_is_refused_by_name) {
  Fat16Image image;
  GetParam().breaks(image);
  Mounted mounted(image.bytes);
  EXPECT_EQ(mounted.status, GetParam().status) << fat16_status_text(mounted.status);
}

INSTANTIATE_TEST_SUITE_P(Fat16, Fat16MountRules, testing::ValuesIn(mount_rules),
                         [](const auto& info) { return std::string(info.param.name); });

/// The volume has a file of three clusters, 10, 11 and 12.
const Rule chain_rules[] = {
    {"sound", [](Fat16Image&) {}, FAT16_OK},
    {"longer_than_file",
     [](Fat16Image& i) {
       i.chain({10, 11, 12, 13});
     },
     FAT16_OK},
    {"ends_at_fff8", [](Fat16Image& i) { i.link(12, 0xfff8); }, FAT16_OK},
    {"free", [](Fat16Image& i) { i.link(11, 0); }, FAT16_ECHAIN_FREE},
    {"reserved", [](Fat16Image& i) { i.link(11, 1); }, FAT16_ECHAIN_RESERVED},
    {"bad", [](Fat16Image& i) { i.link(11, 0xfff7); }, FAT16_ECHAIN_BAD},
    {"range", [](Fat16Image& i) { i.link(11, Fat16Image::clusters + 2); }, FAT16_ECHAIN_RANGE},
    {"range_reserved", [](Fat16Image& i) { i.link(11, 0xfff0); }, FAT16_ECHAIN_RANGE},
    {"last_cluster",
     [](Fat16Image& i) {
       i.chain({10, 11, Fat16Image::clusters + 1});
     },
     FAT16_OK},
    {"short", [](Fat16Image& i) { i.link(11, 0xffff); }, FAT16_ECHAIN_SHORT},
    {"cycle", [](Fat16Image& i) { i.link(12, 10); }, FAT16_ECHAIN_CYCLE},
    {"cycle_of_one", [](Fat16Image& i) { i.link(12, 12); }, FAT16_ECHAIN_CYCLE},
    {"first_bad", [](Fat16Image& i) { put_entry(i.root_entry(0), "FILE       ", 0, 0xfff7, 1500); }, FAT16_ECHAIN_BAD},
    {"first_reserved", [](Fat16Image& i) { put_entry(i.root_entry(0), "FILE       ", 0, 1, 1500); },
     FAT16_ECHAIN_RESERVED},
    {"first_outside", [](Fat16Image& i) { put_entry(i.root_entry(0), "FILE       ", 0, 0xffff, 1500); },
     FAT16_ECHAIN_RANGE},
    {"bytes_without_cluster", [](Fat16Image& i) { put_entry(i.root_entry(0), "FILE       ", 0, 0, 1500); },
     FAT16_EEMPTY_CHAIN},
    {"cluster_without_bytes", [](Fat16Image& i) { put_entry(i.root_entry(0), "FILE       ", 0, 10, 0); },
     FAT16_EEMPTY_CHAIN},
    {"empty", [](Fat16Image& i) { put_entry(i.root_entry(0), "FILE       ", 0, 0, 0); }, FAT16_OK},
    {"size_4_gib", [](Fat16Image& i) { put_entry(i.root_entry(0), "FILE       ", 0, 10, 0xffffffff); },
     FAT16_ECHAIN_SHORT},
};

class Fat16ChainRules : public testing::TestWithParam<Rule> {};

TEST_P(Fat16ChainRules, is_judged_when_the_file_is_opened) {
  Fat16Image image;
  put_entry(image.root_entry(0), "FILE       ", FAT16_ARCHIVE, 10, 1500);
  image.chain({10, 11, 12});
  GetParam().breaks(image);
  Mounted mounted(image.bytes);
  ASSERT_EQ(mounted.status, FAT16_OK);
  fat16_file file;
  int status = fat16_open(&mounted.volume, "FILE", &file);
  EXPECT_EQ(status, GetParam().status) << fat16_status_text(status);
}

INSTANTIATE_TEST_SUITE_P(Fat16, Fat16ChainRules, testing::ValuesIn(chain_rules),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Fat16Mount, accepts_the_sound_volume) {
  Mounted mounted(Fat16Image().bytes);
  ASSERT_EQ(mounted.status, FAT16_OK) << fat16_status_text(mounted.status);
  EXPECT_EQ(mounted.volume.cluster_count, Fat16Image::clusters);
  EXPECT_TRUE(mounted.list("").empty());
}

TEST(Fat16Mount, decides_the_type_by_the_cluster_count_and_not_by_the_text) {
  Fat16Image image;
  for (unsigned i = 0; i < 8; i++)
    image.put8(54 + i, static_cast<uint8_t>("FAT12   "[i]));
  EXPECT_EQ(Mounted(image.bytes).status, FAT16_OK);
}

TEST(Fat16Mount, accepts_exactly_the_cluster_counts_of_fat16) {
  auto mount_with = [](uint32_t clusters) {
    Fat16Image image;
    image.put16(22, 256);
    uint32_t total = 1 + 2 * 256 + 4 + clusters;
    image.put16(19, 0);
    image.put32(32, total);
    image.bytes.resize(total * 512);
    return Mounted(image.bytes).status;
  };
  EXPECT_EQ(mount_with(4084), FAT16_ETYPE_FAT12);
  EXPECT_EQ(mount_with(4085), FAT16_OK);
  EXPECT_EQ(mount_with(65524), FAT16_OK);
  EXPECT_EQ(mount_with(65525), FAT16_ETYPE_FAT32);
}

/// A master boot record in sector 0 with one partition.
void put_partition(std::vector<uint8_t>& disk, uint8_t type, uint32_t start, uint32_t count) {
  disk[510] = 0x55, disk[511] = 0xaa;
  disk[446 + 4] = type;
  for (unsigned i = 0; i < 4; i++) {
    disk[446 + 8 + i] = static_cast<uint8_t>(start >> (8 * i));
    disk[446 + 12 + i] = static_cast<uint8_t>(count >> (8 * i));
  }
}

TEST(Fat16Mount, finds_the_partition_of_an_mbr) {
  for (uint8_t type : {0x04, 0x06, 0x0e}) {
    Fat16Image image(63);
    put_partition(image.bytes, type, 63, Fat16Image::total_sectors);
    put_entry(image.root_entry(0), "HELLO   TXT", 0, 5, 5);
    image.chain({5});
    std::copy_n("hello", 5, image.cluster(5));
    Mounted mounted(image.bytes);
    ASSERT_EQ(mounted.status, FAT16_OK) << fat16_status_text(mounted.status);
    EXPECT_EQ(mounted.read("hello.txt"), "hello");
  }
}

TEST(Fat16Mount, refuses_partitions_that_do_not_fit) {
  auto mount_with = [](uint8_t type, uint32_t start, uint32_t count) {
    Fat16Image image(63);
    put_partition(image.bytes, type, start, count);
    return Mounted(image.bytes).status;
  };
  EXPECT_EQ(mount_with(0x83, 63, Fat16Image::total_sectors), FAT16_ENO_PARTITION);
  EXPECT_EQ(mount_with(0x06, 0, Fat16Image::total_sectors), FAT16_EOUTSIDE);
  EXPECT_EQ(mount_with(0x06, 63, 0), FAT16_EOUTSIDE);
  EXPECT_EQ(mount_with(0x06, 63, Fat16Image::total_sectors - 1), FAT16_EOUTSIDE) << "volume larger than partition";
  EXPECT_EQ(mount_with(0x06, 64, Fat16Image::total_sectors), FAT16_EOUTSIDE) << "partition larger than device";
  EXPECT_EQ(mount_with(0x06, 0xffffffff, 0xffffffff), FAT16_EOUTSIDE);
}

TEST(Fat16Mount, refuses_unusable_devices) {
  EXPECT_EQ(Mounted(Fat16Image().bytes, 4096).status, FAT16_ESECTOR_SMALL);
  EXPECT_EQ(Mounted({}).status, FAT16_EDEVICE);
  MemoryDisk disk(Fat16Image().bytes);
  disk.device.sector_size = 520;
  fat16_volume volume;
  EXPECT_EQ(fat16_mount(&volume, &disk.device), FAT16_EDEVICE);
}

TEST(Fat16Mount, reports_a_failing_device) {
  MemoryDisk disk(Fat16Image().bytes);
  disk.broken = true;
  fat16_volume volume;
  EXPECT_EQ(fat16_mount(&volume, &disk.device), FAT16_EIO);
}

TEST(Fat16Mount, reads_the_second_fat_when_the_first_is_unreadable) {
  Fat16Image image;
  put_entry(image.root_entry(0), "FILE       ", 0, 10, 1000);
  image.chain({10, 11});
  Mounted mounted(image.bytes);
  mounted.disk.bad_sector = Fat16Image::reserved;
  EXPECT_EQ(mounted.read("FILE").size(), 1000u);
  EXPECT_EQ(mounted.status, FAT16_OK);
}

TEST(Fat16Mount, survives_every_changed_byte_of_the_boot_sector) {
  const Fat16Image sound;
  MemoryDisk disk(sound.bytes);
  for (size_t at = 0; at < 64; at++)
    for (unsigned value = 0; value < 256; value += 5) {
      disk.bytes[at] = static_cast<uint8_t>(value);
      fat16_volume volume;
      if (fat16_mount(&volume, &disk.device) == FAT16_OK) {
        fat16_entry entry;
        EXPECT_NE(fat16_lookup(&volume, "NOWHERE", &entry), FAT16_OK);
      }
      disk.bytes[at] = sound.bytes[at];
    }
}

TEST(Fat16Status, has_a_text_for_every_code) {
  for (int status = 0; status >= FAT16_EREAD_ONLY; status--)
    EXPECT_STRNE(fat16_status_text(status), "unknown error") << status;
  EXPECT_STREQ(fat16_status_text(-1000), "unknown error");
}

} // namespace
} // namespace ajit::test
