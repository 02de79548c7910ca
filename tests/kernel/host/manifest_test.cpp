// The manifest: parses a valid one, then breaks every line in turn.
#include <formats/exports.h>
#include <formats/hash.h>
#include <formats/manifest.h>
#include <formats/object_stamp.h>

#include <cstdio>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace ajit::test {
namespace {

const std::string head = "ajit-manifest 1\n"
                         "target 0123456789abcdef exports fedcba9876543210\n"
                         "thresholds 100 1000 10000\n"
                         "state STATE.BIN\n";
const std::string data_line = "data DATA0.OBJ 00000000000000aa\n";
const std::string function_line =
    "function fibonacci u64(i32) - 00000000000000bb F0T0.OBJ F0T1.OBJ F0T2.OBJ F0T3.OBJ\n";
const std::string sound = head + data_line + function_line;

std::string summed(const std::string& text) {
  char line[32];
  std::snprintf(line, sizeof line, "checksum %08x\n", checksum32(0, text.data(), text.size()));
  return text + line;
}

/// Parses with room for a few entries, and keeps what the manifest points into.
struct Parsed {
  explicit Parsed(const std::string& bytes) : text(bytes.begin(), bytes.end()), functions(4), data(2) {
    text.reserve(1); // an empty text is not a null pointer
    manifest.functions = functions.data();
    manifest.function_capacity = static_cast<uint32_t>(functions.size());
    manifest.data = data.data();
    manifest.data_capacity = static_cast<uint32_t>(data.size());
    status = manifest_parse(&manifest, text.data(), static_cast<uint32_t>(text.size()), &error);
  }
  std::vector<char> text;
  std::vector<manifest_function> functions;
  std::vector<manifest_data> data;
  struct manifest manifest = {};
  manifest_error error;
  int status;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Manifest, is_taken_apart) {
  Parsed parsed(summed(sound));
  ASSERT_EQ(parsed.status, MANIFEST_OK) << parsed.error.text;
  EXPECT_EQ(parsed.manifest.target_hash, 0x0123456789abcdefu);
  EXPECT_EQ(parsed.manifest.export_hash, 0xfedcba9876543210u);
  EXPECT_EQ(parsed.manifest.thresholds[0], 100u);
  EXPECT_EQ(parsed.manifest.thresholds[2], 10000u);
  EXPECT_STREQ(parsed.manifest.state_file, "STATE.BIN");
  ASSERT_EQ(parsed.manifest.data_count, 1u);
  EXPECT_STREQ(parsed.data[0].object, "DATA0.OBJ");
  EXPECT_EQ(parsed.data[0].source_hash, 0xaau);
  const manifest_function* function = manifest_find(&parsed.manifest, "fibonacci");
  ASSERT_NE(function, nullptr);
  EXPECT_EQ(function->source_hash, 0xbbu);
  EXPECT_STREQ(function->objects[3], "F0T3.OBJ");
  EXPECT_EQ(function->signature.result, MANIFEST_U64);
  EXPECT_EQ(function->signature.argument_count, 1u);
  EXPECT_EQ(manifest_find(&parsed.manifest, "fib"), nullptr);
}

TEST(Manifest, may_be_empty_of_everything_optional) {
  Parsed parsed(summed(replaced(head, "STATE.BIN", "-")));
  EXPECT_EQ(parsed.status, MANIFEST_OK) << parsed.error.text;
  EXPECT_STREQ(parsed.manifest.state_file, "");
}

TEST(Manifest, decodes_names) {
  Parsed parsed(summed(replaced(sound, "fibonacci", "%20a%25%ff")));
  ASSERT_EQ(parsed.status, MANIFEST_OK) << parsed.error.text;
  EXPECT_STREQ(parsed.functions[0].name, " a%\xff");
}

TEST(Manifest, reads_flags_and_missing_tiers) {
  Parsed parsed(summed(replaced(sound, "u64(i32) - 00000000000000bb F0T0.OBJ F0T1.OBJ", "- sv 00000000000000bb F0 -")));
  ASSERT_EQ(parsed.status, MANIFEST_OK) << parsed.error.text;
  EXPECT_FALSE(parsed.functions[0].signature.callable);
  EXPECT_EQ(parsed.functions[0].flags, MANIFEST_SRET | MANIFEST_VARIADIC);
  EXPECT_STREQ(parsed.functions[0].objects[0], "F0");
  EXPECT_STREQ(parsed.functions[0].objects[1], "");
}

struct Break {
  const char* from;
  const char* to;
  int code;
  uint32_t line;
};

const Break breaks[] = {
    {"ajit-manifest", "manifest", MANIFEST_ESYNTAX, 1},
    {"ajit-manifest 1", "ajit-manifest 2", MANIFEST_EVERSION, 1},
    {"ajit-manifest 1", "ajit-manifest 01", MANIFEST_ESYNTAX, 1},
    {"ajit-manifest 1", "ajit-manifest 1 ", MANIFEST_ESYNTAX, 1},
    {"target ", "target  ", MANIFEST_ESYNTAX, 2},
    {"0123456789abcdef", "0123456789abcde", MANIFEST_ESYNTAX, 2},
    {"0123456789abcdef", "0123456789ABCDEF", MANIFEST_ESYNTAX, 2},
    {" exports fedcba9876543210", "", MANIFEST_ESYNTAX, 2},
    {"100 1000 10000", "100 1000", MANIFEST_ESYNTAX, 3},
    {"100 1000 10000", "100 1000 10000 1", MANIFEST_ESYNTAX, 3},
    {"100 1000 10000", "0 1000 10000", MANIFEST_EVALUE, 3},
    {"100 1000 10000", "100 100 10000", MANIFEST_EVALUE, 3},
    {"100 1000 10000", "100 1000 4294967296", MANIFEST_ESYNTAX, 3},
    {"100 1000 10000", "100 1000 99999999999999999999", MANIFEST_ESYNTAX, 3},
    {"100 1000 10000", "-100 1000 10000", MANIFEST_ESYNTAX, 3},
    {"state STATE.BIN", "state state.bin", MANIFEST_ESYNTAX, 4},
    {"state STATE.BIN", "state ../STATE", MANIFEST_ESYNTAX, 4},
    {"state STATE.BIN", "state STATE1234.BIN", MANIFEST_ESYNTAX, 4},
    {"state STATE.BIN", "state STATE.BINX", MANIFEST_ESYNTAX, 4},
    {"state STATE.BIN", "state STATE.", MANIFEST_ESYNTAX, 4},
    {"state STATE.BIN", "state .BIN", MANIFEST_ESYNTAX, 4},
    {"state STATE.BIN\n", "state STATE.BIN\n\n", MANIFEST_ESYNTAX, 5},
    {"data DATA0.OBJ", "data -", MANIFEST_EVALUE, 5},
    {"data DATA0.OBJ 00000000000000aa", "data DATA0.OBJ", MANIFEST_ESYNTAX, 5},
    {"data DATA0.OBJ", "date DATA0.OBJ", MANIFEST_ESYNTAX, 5},
    {"fibonacci", "", MANIFEST_ESYNTAX, 6},
    {"fibonacci", "fib%2", MANIFEST_ESYNTAX, 6},
    {"fibonacci", "fib%G0", MANIFEST_ESYNTAX, 6},
    {"fibonacci", "fib%00", MANIFEST_ESYNTAX, 6},
    {"fibonacci", "fib\x80", MANIFEST_ESYNTAX, 6},
    {"fibonacci", "fib\t", MANIFEST_ESYNTAX, 6},
    {"u64(i32)", "u64(i32", MANIFEST_ESYNTAX, 6},
    {") - 0", ") z 0", MANIFEST_ESYNTAX, 6},
    {") - 0", ") vs 0", MANIFEST_ESYNTAX, 6},
    {") - 0", ") ss 0", MANIFEST_ESYNTAX, 6},
    {"00000000000000bb", "bb", MANIFEST_ESYNTAX, 6},
    {"F0T0.OBJ", "-", MANIFEST_EVALUE, 6},
    {" F0T3.OBJ", "", MANIFEST_ESYNTAX, 6},
    {" F0T3.OBJ", " F0T3.OBJ F0T4.OBJ", MANIFEST_ESYNTAX, 6},
};

TEST(Manifest, names_the_broken_line) {
  for (const Break& broken : breaks) {
    Parsed parsed(summed(replaced(sound, broken.from, broken.to)));
    EXPECT_EQ(parsed.status, broken.code) << broken.to << ": " << parsed.error.text;
    EXPECT_EQ(parsed.error.line, broken.line) << broken.to;
    EXPECT_EQ(parsed.error.code, parsed.status);
  }
}

TEST(Manifest, refuses_a_function_listed_twice) {
  EXPECT_EQ(Parsed(summed(sound + function_line)).status, MANIFEST_EDUPLICATE);
}

TEST(Manifest, refuses_data_after_functions) {
  EXPECT_EQ(Parsed(summed(head + function_line + data_line)).status, MANIFEST_ESYNTAX);
}

TEST(Manifest, refuses_more_than_there_is_room_for) {
  std::string many = head;
  for (char name = 'a'; name <= 'e'; name++)
    many += replaced(function_line, "fibonacci", std::string(1, name));
  EXPECT_EQ(Parsed(summed(many)).status, MANIFEST_ELIMIT);
  EXPECT_EQ(Parsed(summed(head + data_line + data_line + data_line)).status, MANIFEST_ELIMIT);
  EXPECT_EQ(Parsed(summed(replaced(sound, "fibonacci", std::string(MANIFEST_MAX_NAME, 'f')))).status, MANIFEST_ELIMIT);
  EXPECT_EQ(Parsed(summed(replaced(sound, "fibonacci", std::string(MANIFEST_MAX_NAME - 1, 'f')))).status, MANIFEST_OK);
}

TEST(Manifest, notices_every_changed_byte) {
  std::string text = summed(sound);
  for (size_t at = 0; at < text.size(); at++) {
    std::string changed = text;
    changed[at] ^= 1;
    EXPECT_NE(Parsed(changed).status, MANIFEST_OK) << at;
  }
}

TEST(Manifest, refuses_every_truncation) {
  std::string text = summed(sound);
  for (size_t size = 0; size < text.size(); size++)
    EXPECT_NE(Parsed(text.substr(0, size)).status, MANIFEST_OK) << size;
}

TEST(Manifest, refuses_a_nul_that_would_hide_text) {
  EXPECT_EQ(Parsed(summed(replaced(sound, " F0T3.OBJ", std::string(" F0T3.OBJ\0hidden", 16)))).status,
            MANIFEST_ESYNTAX);
}

TEST(Manifest, knows_its_target) {
  manifest_error error;
  struct manifest manifest = {};
  manifest.target_hash = object_stamp_target_hash();
  manifest.export_hash = export_set_hash();
  EXPECT_EQ(manifest_check_target(&manifest, &error), MANIFEST_OK);
  manifest.export_hash++;
  EXPECT_EQ(manifest_check_target(&manifest, &error), MANIFEST_ETARGET);
  manifest.target_hash++;
  EXPECT_EQ(manifest_check_target(&manifest, &error), MANIFEST_ETARGET);
  EXPECT_STREQ(error.text, "manifest: made for another triple or data layout");
}

TEST(Signature, is_taken_apart) {
  manifest_signature signature;
  ASSERT_TRUE(manifest_parse_signature("f64(bool,i8,u16,f32,ptr,i64,u32,u8)", &signature));
  EXPECT_EQ(signature.result, MANIFEST_F64);
  EXPECT_EQ(signature.argument_count, 8u);
  EXPECT_EQ(signature.arguments[4], MANIFEST_PTR);
  ASSERT_TRUE(manifest_parse_signature("void()", &signature));
  EXPECT_EQ(signature.argument_count, 0u);
}

TEST(Signature, refuses_anything_else) {
  for (const char* text : {"", "-", "i32", "i32(", "i32)", "i32(i32", "i32(i32,)", "i32(,i32)", "i32(void)", "i33(i32)",
                           "i32(i32) ", " i32(i32)", "i32(i32,i32,i32,i32,i32,i32,i32,i32,i32)", "(i32)"}) {
    manifest_signature signature;
    EXPECT_FALSE(manifest_parse_signature(text, &signature)) << text;
    EXPECT_FALSE(signature.callable);
  }
}

TEST(BodySymbol, is_name_and_tier) {
  char buffer[16];
  EXPECT_TRUE(manifest_body_symbol("fib", 2, buffer, sizeof buffer));
  EXPECT_STREQ(buffer, "fib$O2");
  EXPECT_TRUE(manifest_body_symbol("fib", 2, buffer, 7));
  EXPECT_FALSE(manifest_body_symbol("fib", 2, buffer, 6));
  EXPECT_FALSE(manifest_body_symbol("fib", 4, buffer, sizeof buffer));
}

} // namespace
} // namespace ajit::test
