// The kernel's parser reads the manifest that the host writes.
#include "manifest_text.h"

#include <formats/manifest.h>
#include <gtest/gtest.h>

namespace ajit::test {
namespace {

TEST(ManifestText, is_read_back_by_the_kernels_parser) {
  ManifestContents contents;
  contents.thresholds = {5, 50, 500};
  contents.state_file = "STATE.BIN";
  contents.data.push_back({"DATA0.OBJ", 0x1234});
  contents.functions.push_back({"plain", "u64(i32)", 0, 1, {"A.OBJ", "B.OBJ", "C.OBJ", "D.OBJ"}});
  contents.functions.push_back({" odd%\x01\xff", "-", MANIFEST_SRET | MANIFEST_VARIADIC, 2, {"E.OBJ", "", "", ""}});
  std::string text = manifest_text(contents);

  manifest_function functions[4];
  manifest_data data[4];
  manifest manifest = {};
  manifest.functions = functions, manifest.function_capacity = 4;
  manifest.data = data, manifest.data_capacity = 4;
  manifest_error error;
  ASSERT_EQ(manifest_parse(&manifest, text.data(), static_cast<uint32_t>(text.size()), &error), MANIFEST_OK)
      << error.text;
  EXPECT_EQ(manifest_check_target(&manifest, &error), MANIFEST_OK) << error.text;
  EXPECT_EQ(manifest.thresholds[2], 500u);
  EXPECT_EQ(data[0].source_hash, 0x1234u);
  EXPECT_STREQ(functions[0].objects[3], "D.OBJ");
  EXPECT_TRUE(functions[0].signature.callable);
  EXPECT_STREQ(functions[1].name, " odd%\x01\xff");
  EXPECT_EQ(functions[1].flags, MANIFEST_SRET | MANIFEST_VARIADIC);
  EXPECT_STREQ(functions[1].objects[1], "");
}

} // namespace
} // namespace ajit::test
