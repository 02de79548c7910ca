// Fuzzes the manifest's parser. The target corrects the checksum, so that mutations get past it.
#include "fuzz_check.h"
#include <formats/hash.h>
#include <formats/manifest.h>

#include <cstdio>
#include <cstring>
#include <vector>

namespace {

void parse(std::vector<char> text) {
  static manifest_function functions[16];
  static manifest_data data[4];
  manifest manifest = {};
  manifest.functions = functions, manifest.function_capacity = 16;
  manifest.data = data, manifest.data_capacity = 4;
  manifest_error error;
  int status = manifest_parse(&manifest, text.data(), static_cast<uint32_t>(text.size()), &error);
  FUZZ_CHECK(status == error.code && (status == MANIFEST_OK) == (error.text[0] == '\0'));
  for (uint32_t i = 0; status == MANIFEST_OK && i < manifest.function_count; i++) {
    FUZZ_CHECK(manifest_find(&manifest, functions[i].name) == &functions[i]);
    FUZZ_CHECK(functions[i].signature.argument_count <= MANIFEST_MAX_ARGUMENTS);
    char symbol[MANIFEST_MAX_NAME + 3];
    FUZZ_CHECK(manifest_body_symbol(functions[i].name, 3, symbol, sizeof symbol));
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::vector<char> text(data, data + size);
  parse(text);
  char line[32];
  int length = std::snprintf(line, sizeof line, "checksum %08x\n", checksum32(0, data, size));
  text.insert(text.end(), line, line + length);
  parse(text);
  return 0;
}
