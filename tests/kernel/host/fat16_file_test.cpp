// Reading and overwriting files, on synthesized volumes and on volumes from mkfs.fat and mtools.
#include "fat16_image.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <random>
#include <unistd.h>

namespace ajit::test {
namespace {

std::string pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; i++)
    bytes[i] = static_cast<char>(i * 7 + i / 251);
  return bytes;
}

/// Puts FILE on the volume, its clusters in the order given.
void put_file(Fat16Image& image, const std::vector<uint32_t>& clusters, const std::string& contents) {
  put_entry(image.root_entry(0), "FILE       ", FAT16_ARCHIVE, clusters[0], static_cast<uint32_t>(contents.size()));
  image.chain(clusters);
  for (size_t i = 0; i < clusters.size(); i++) {
    std::string part = contents.substr(i * 512, 512);
    std::copy(part.begin(), part.end(), image.cluster(clusters[i]));
  }
}

TEST(Fat16File, reads_consecutive_clusters_in_one_request) {
  Fat16Image image;
  std::vector<uint32_t> clusters(100);
  for (uint32_t i = 0; i < 100; i++)
    clusters[i] = 50 + i;
  std::string contents = pattern(100 * 512);
  put_file(image, clusters, contents);
  Mounted mounted(image.bytes);
  fat16_file file;
  ASSERT_EQ(fat16_open(&mounted.volume, "FILE", &file), FAT16_OK);
  unsigned before = mounted.disk.reads;
  std::string read(contents.size(), '\0');
  uint32_t done;
  ASSERT_EQ(fat16_read(&file, 0, read.data(), file.size, &done), FAT16_OK);
  EXPECT_EQ(read, contents);
  EXPECT_EQ(mounted.disk.reads - before, 1u);
}

TEST(Fat16File, reads_scattered_clusters) {
  Fat16Image image;
  std::string contents = pattern(5 * 512 + 17);
  put_file(image, {100, 101, 99, 500, 501, 7}, contents);
  Mounted mounted(image.bytes);
  EXPECT_EQ(mounted.read("FILE"), contents);
}

TEST(Fat16File, reads_any_range_in_any_order) {
  Fat16Image image;
  std::string contents = pattern(6 * 512 + 100);
  put_file(image, {100, 101, 99, 98, 501, 502, 7}, contents);
  Mounted mounted(image.bytes);
  fat16_file file;
  ASSERT_EQ(fat16_open(&mounted.volume, "FILE", &file), FAT16_OK);
  std::minstd_rand random(1);
  for (int i = 0; i < 2000; i++) {
    auto offset = static_cast<uint32_t>(random() % (contents.size() + 10));
    auto length = static_cast<uint32_t>(random() % 3000);
    std::string read(length, '\0');
    uint32_t done;
    ASSERT_EQ(fat16_read(&file, offset, read.data(), length, &done), FAT16_OK);
    read.resize(done);
    ASSERT_EQ(read, offset < contents.size() ? contents.substr(offset, length) : "") << offset << " " << length;
  }
}

TEST(Fat16File, overwrites_any_range_and_nothing_else) {
  Fat16Image image;
  std::string contents = pattern(6 * 512 + 100);
  put_file(image, {100, 101, 99, 98, 501, 502, 7}, contents);
  Mounted mounted(image.bytes);
  fat16_file file;
  ASSERT_EQ(fat16_open(&mounted.volume, "FILE", &file), FAT16_OK);
  std::minstd_rand random(2);
  for (int i = 0; i < 500; i++) {
    auto offset = static_cast<uint32_t>(random() % contents.size());
    auto length = static_cast<uint32_t>(random() % (contents.size() - offset + 1));
    std::string fresh(length, static_cast<char>(i));
    ASSERT_EQ(fat16_write(&file, offset, fresh.data(), length), FAT16_OK);
    contents.replace(offset, length, fresh);
    ASSERT_EQ(mounted.read("FILE"), contents);
  }
  // The volume outside the file's clusters is unchanged, and so is the slack of the last cluster.
  for (size_t at = 0; at < image.bytes.size(); at++) {
    size_t cluster = at / 512 < Fat16Image::data_sector ? 0 : at / 512 - Fat16Image::data_sector + 2;
    bool in_file = cluster == 98 || cluster == 99 || cluster == 100 || cluster == 101 || cluster == 501 ||
                   cluster == 502 || (cluster == 7 && at % 512 < 100);
    if (!in_file) ASSERT_EQ(mounted.disk.bytes[at], image.bytes[at]) << at;
  }
}

TEST(Fat16File, refuses_writes_that_it_cannot_make) {
  Fat16Image image;
  put_file(image, {10, 11}, pattern(600));
  Mounted mounted(image.bytes);
  fat16_file file;
  ASSERT_EQ(fat16_open(&mounted.volume, "FILE", &file), FAT16_OK);
  EXPECT_EQ(fat16_write(&file, 600, "x", 1), FAT16_ERANGE);
  EXPECT_EQ(fat16_write(&file, 0, "x", 0xffffffff), FAT16_ERANGE);
  EXPECT_EQ(fat16_write(&file, 0xffffffff, "x", 2), FAT16_ERANGE);
  EXPECT_EQ(fat16_write(&file, 600, "x", 0), FAT16_OK);
  file.attributes |= FAT16_READ_ONLY;
  EXPECT_EQ(fat16_write(&file, 0, "x", 1), FAT16_EREAD_ONLY);
  file.attributes = 0;
  mounted.disk.device.write = nullptr;
  EXPECT_EQ(fat16_write(&file, 0, "x", 1), FAT16_EREAD_ONLY);
  EXPECT_EQ(mounted.disk.bytes, image.bytes);
}

TEST(Fat16File, reports_the_device_and_recovers) {
  Fat16Image image;
  std::string contents = pattern(700);
  put_file(image, {10, 11}, contents);
  Mounted mounted(image.bytes);
  fat16_file file;
  ASSERT_EQ(fat16_open(&mounted.volume, "FILE", &file), FAT16_OK);
  char byte;
  uint32_t done;
  mounted.disk.broken = true;
  EXPECT_EQ(fat16_read(&file, 600, &byte, 1, &done), FAT16_EIO);
  EXPECT_EQ(fat16_write(&file, 600, "x", 1), FAT16_EIO);
  mounted.disk.broken = false;
  ASSERT_EQ(fat16_read(&file, 600, &byte, 1, &done), FAT16_OK);
  EXPECT_EQ(byte, contents[600]) << "a failed write is not in the cache";
}

TEST(Fat16File, reads_an_empty_file) {
  Fat16Image image;
  put_entry(image.root_entry(0), "FILE       ", 0, 0, 0);
  Mounted mounted(image.bytes);
  EXPECT_EQ(mounted.read("FILE"), "");
  EXPECT_EQ(mounted.status, FAT16_OK);
}

// Volumes made by other tools

struct Format {
  const char* name;
  const char* options; ///< for mkfs.fat
  uint32_t kib;
};

void PrintTo(const Format& format, std::ostream* out) { *out << format.name; }

class Fat16Mkfs : public testing::TestWithParam<Format> {
protected:
  void SetUp() override {
    directory_ = std::filesystem::path(testing::TempDir()) /
                 ("ajit-fat16-" + std::string(GetParam().name) + "-" + std::to_string(getpid()));
    std::filesystem::create_directories(directory_);
    std::filesystem::remove(image());
    run(std::string(AJIT_MKFS_FAT) + " -C -F 16 -n LABEL " + GetParam().options + " " + image() + " " +
        std::to_string(GetParam().kib));
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  std::string image() const { return directory_ / "volume.img"; }
  static void run(const std::string& command) {
    ASSERT_EQ(std::system(("MTOOLS_SKIP_CHECK=1 " + command + " >/dev/null").c_str()), 0) << command;
  }
  void copy_in(const std::string& name, const std::string& contents, const std::string& to = "") {
    std::ofstream(directory_ / name, std::ios::binary) << contents;
    run("mcopy -i " + image() + " '" + (directory_ / name).string() + "' ::" + to);
  }
  std::vector<uint8_t> bytes() const {
    std::vector<uint8_t> contents(std::filesystem::file_size(image()));
    std::ifstream(image(), std::ios::binary)
        .read(reinterpret_cast<char*>(contents.data()), static_cast<std::streamsize>(contents.size()));
    return contents;
  }

  std::filesystem::path directory_;
};

TEST_P(Fat16Mkfs, reads_back_what_mtools_wrote) {
  std::string large = pattern(300000);
  copy_in("SHORT.TXT", "short");
  copy_in("lower.txt", "lower");
  copy_in("A rather long name, with spaces.text", "long");
  copy_in("empty", "");
  copy_in("large.bin", large);
  run("mmd -i " + image() + " ::dir ::dir/deeper");
  copy_in("inner.txt", "inner", "dir/deeper/");

  Mounted mounted(bytes());
  ASSERT_EQ(mounted.status, FAT16_OK) << fat16_status_text(mounted.status);
  EXPECT_EQ(mounted.list("/"),
            (std::vector<std::string>{"SHORT.TXT", "lower.txt", "A rather long name, with spaces.text", "empty",
                                      "large.bin", "dir"}));
  EXPECT_EQ(mounted.read("short.txt"), "short");
  EXPECT_EQ(mounted.read("a rather long name, with spaces.text"), "long");
  EXPECT_EQ(mounted.read("EMPTY"), "");
  EXPECT_EQ(mounted.read("LARGE.BIN"), large);
  EXPECT_EQ(mounted.read("dir/deeper/inner.txt"), "inner");
}

TEST_P(Fat16Mkfs, lets_mtools_read_back_what_it_wrote) {
  copy_in("state.bin", std::string(5000, 's'));
  Mounted mounted(bytes());
  fat16_file file;
  ASSERT_EQ(fat16_open(&mounted.volume, "state.bin", &file), FAT16_OK);
  std::string fresh = pattern(3000);
  ASSERT_EQ(fat16_write(&file, 1111, fresh.data(), 3000), FAT16_OK);
  std::ofstream(image(), std::ios::binary)
      .write(reinterpret_cast<const char*>(mounted.disk.bytes.data()),
             static_cast<std::streamsize>(mounted.disk.bytes.size()));
  run("mcopy -o -i " + image() + " ::state.bin " + (directory_ / "back").string());
  std::ifstream back(directory_ / "back", std::ios::binary);
  std::string contents{std::istreambuf_iterator<char>(back), {}};
  EXPECT_EQ(contents, std::string(1111, 's') + fresh + std::string(889, 's'));
}

const Format formats[] = {
    {"smallest", "-s 1", 2100},
    {"default", "", 16384},
    {"one_fat", "-f 1 -s 2", 8192},
    {"large_clusters", "-s 16", 36000},
    {"sectors_1024", "-S 1024 -s 1", 8192},
    {"sectors_4096", "-S 4096 -s 1", 20000},
    {"many_reserved", "-R 32 -s 4", 16384},
    {"large_root", "-r 2048 -s 4", 16384},
};

INSTANTIATE_TEST_SUITE_P(Formats, Fat16Mkfs, testing::ValuesIn(formats),
                         [](const auto& info) { return std::string(info.param.name); });

} // namespace
} // namespace ajit::test
