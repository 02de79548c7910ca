// Images: written with mkfs.fat and mtools, read and checked with the kernel's sources.
#include "error.h"
#include "image_check.h"
#include "image_writer.h"
#include "test_program.h"

#include <filesystem>
#include <formats/profile_state.h>
#include <fstream>
#include <gtest/gtest.h>
#include <thread>

namespace ajit::test {
namespace {

const std::string program_text = R"(
  @seven = global i32 7
  define i32 @seventh(i32 %x) {
    %seven = load i32, ptr @seven
    %result = udiv i32 %x, %seven
    ret i32 %result
  })";

class Image : public testing::Test {
protected:
  void SetUp() override {
    path_ = std::filesystem::path(testing::TempDir()) /
            ("ajit-image-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".img");
    program_ = compiled(program_text);
  }
  void TearDown() override { std::filesystem::remove(path_); }

  ImageFile& file(const std::string& name) {
    for (ImageFile& file : program_.files)
      if (file.name == name) return file;
    throw std::out_of_range(name);
  }
  /// Writes the program's files and checks the image.
  std::vector<std::string> problems() {
    if (llvm::Error error = write_image(path_, program_.files)) return {one_line(std::move(error))};
    auto image = DiskImage::open(path_);
    if (!image) return {one_line(image.takeError())};
    auto report = check_image(**image);
    if (!report) return {one_line(report.takeError())};
    return report->problems;
  }

  std::string path_;
  ProgramObjects program_;
};

using Problems = std::vector<std::string>;

TEST_F(Image, is_sound_as_written) { EXPECT_EQ(problems(), Problems{}); }

TEST_F(Image, holds_every_file_as_it_was) {
  ASSERT_EQ(problems(), Problems{});
  auto image = DiskImage::open(path_);
  ASSERT_TRUE(bool(image));
  for (const ImageFile& file : program_.files) {
    auto bytes = (*image)->read(file.name);
    ASSERT_TRUE(bool(bytes)) << file.name;
    EXPECT_EQ(*bytes, file.bytes) << file.name;
  }
  auto entries = (*image)->list("/");
  ASSERT_TRUE(bool(entries));
  EXPECT_EQ(entries->size(), program_.files.size());
}

TEST_F(Image, is_the_same_every_time) {
  auto contents = [this] {
    EXPECT_EQ(problems(), Problems{});
    std::ifstream in(path_, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  std::string first = contents();
  std::this_thread::sleep_for(std::chrono::milliseconds(2100)); // time stamps have units of two seconds
  EXPECT_TRUE(first == contents());
}

TEST_F(Image, with_a_damaged_object_is_refused_by_name) {
  std::vector<uint8_t>& bytes = file("F0000T2.OBJ").bytes;
  bytes[60] ^= 1; // inside the first section
  Problems found = problems();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].starts_with("F0000T2.OBJ: ")) << found[0];
}

TEST_F(Image, with_swapped_tiers_is_refused_by_name) {
  std::swap(file("F0000T1.OBJ").bytes, file("F0000T2.OBJ").bytes);
  EXPECT_EQ(problems(), (Problems{"F0000T1.OBJ: stamp: made for another tier: object 0x2, wanted 0x1",
                                  "F0000T2.OBJ: stamp: made for another tier: object 0x1, wanted 0x2"}));
}

TEST_F(Image, of_two_programs_is_refused_by_name) {
  file("F0000T3.OBJ").bytes = file_of(compiled(program_text + "\ndefine void @g() { ret void }"), "F0000T3.OBJ");
  Problems found = problems();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_TRUE(found[0].starts_with("F0000T3.OBJ: stamp: made from another source")) << found[0];
}

TEST_F(Image, without_its_data_lacks_symbols) {
  file("DATA0.OBJ").bytes.resize(10);
  Problems found = problems();
  ASSERT_EQ(found.size(), 5u);
  EXPECT_EQ(found[0], "DATA0.OBJ: shorter than a file header");
  EXPECT_EQ(found[1], "F0000T0.OBJ: undefined symbol seven");
}

TEST_F(Image, with_a_small_state_file_is_refused) {
  file("STATE.BIN").bytes.resize(PROFILE_STATE_SECTOR);
  EXPECT_EQ(problems(), Problems{"STATE.BIN: has 512 bytes, the functions need 1024"});
}

TEST_F(Image, with_a_damaged_manifest_is_refused) {
  file("MANIFEST.TXT").bytes[20] ^= 1;
  EXPECT_EQ(problems(), Problems{"MANIFEST.TXT: manifest: damaged: the checksum is wrong"});
}

TEST_F(Image, without_a_file_names_it) {
  std::erase_if(program_.files, [](const ImageFile& file) { return file.name == "F0000T1.OBJ"; });
  EXPECT_EQ(problems(), Problems{"F0000T1.OBJ: no such file or directory"});
}

TEST(VolumeLayout, grows_clusters_with_the_files) {
  auto layout_for = [](size_t files, size_t bytes) {
    auto layout = volume_layout(std::vector<ImageFile>(files, {"X", std::vector<uint8_t>(bytes)}));
    EXPECT_TRUE(bool(layout));
    return *layout;
  };
  EXPECT_EQ(layout_for(1, 1).sectors_per_cluster, 1u);
  EXPECT_GE(layout_for(1, 1).kib, 2100u);
  EXPECT_EQ(layout_for(40, 1 << 20).sectors_per_cluster, 2u);
  EXPECT_EQ(layout_for(2000, 1).root_entries, 2064u);
}

TEST(VolumeLayout, makes_volumes_that_mount) {
  for (size_t files : {1, 700})
    for (size_t bytes : {1, 40000}) {
      std::vector<ImageFile> contents;
      for (size_t i = 0; i < files; i++)
        contents.push_back({"F" + std::to_string(i), std::vector<uint8_t>(bytes)});
      std::string path = testing::TempDir() + "/ajit-volume-layout.img";
      llvm::Error error = write_image(path, contents);
      ASSERT_FALSE(bool(error)) << one_line(std::move(error));
      auto image = DiskImage::open(path);
      ASSERT_TRUE(bool(image)) << one_line(image.takeError());
      auto last = (*image)->read(contents.back().name);
      ASSERT_TRUE(bool(last));
      EXPECT_EQ(last->size(), bytes);
      std::filesystem::remove(path);
    }
}

} // namespace
} // namespace ajit::test
