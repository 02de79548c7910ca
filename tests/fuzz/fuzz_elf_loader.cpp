// Fuzzes the loader with whole objects. For any bytes, validation must end with success or a named error. A valid
// object must link inside its blocks, and the loader must free all memory of an object that it refuses.
//
// Blocks have exactly the requested size, so AddressSanitizer detects a relocation that reaches past one. The names
// decide which symbols exist and which groups are kept, so one input can reach both outcomes.
#include "fuzz_check.h"
#include <formats/elf_loader.h>
#include <formats/object_stamp.h>

#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

constexpr uint32_t largest_block = 1 << 20; ///< objects with more zeros would only take time
constexpr uint32_t sections = 512, symbols = 2048;

struct Pools {
  int live = 0;
};

int allocate(void* context, elf_pool pool, uint32_t size, uint32_t alignment, elf_block* block) {
  FUZZ_CHECK(size > 0 && alignment > 0 && alignment <= ELF_MAX_ALIGNMENT && (alignment & (alignment - 1)) == 0);
  if (size > largest_block) return -1;
  block->write = std::malloc(size);
  block->run = pool == ELF_POOL_CODE ? 0x10000000 : 0x20000000;
  static_cast<Pools*>(context)->live++;
  return 0;
}

void release(void* context, elf_pool, const elf_block* block) {
  std::free(block->write);
  static_cast<Pools*>(context)->live--;
}

int resolve(void*, const char* name, uint32_t* address) {
  *address = static_cast<uint32_t>(std::strlen(name)) << 4;
  return name[0] == 'u' ? -1 : 0;
}

bool keep_group(void*, const char* signature) { return signature[0] != 'd'; }

void look_at(const elf_object& object) {
  elf_symbol_view symbol;
  elf_section_view section;
  for (uint32_t i = 0; i < elf_object_symbol_count(&object); i++) {
    elf_object_symbol(&object, i, &symbol);
    FUZZ_CHECK(std::strlen(symbol.name) < object.size);
    uint32_t found = elf_object_find_symbol(&object, symbol.name);
    FUZZ_CHECK(found != 0 || !(symbol.defined && symbol.global));
  }
  if (elf_object_find_section(&object, ".text", &section)) FUZZ_CHECK(section.offset <= object.size);
}

/// Reading the stamp must end with success or a reason, for any content of its section. Once sealed, the stamp must be
/// accepted, unless a hostile file lays its tables over it.
void check_stamp(const elf_object& object, std::vector<uint8_t> bytes) {
  object_stamp stamp;
  object_stamp_error error;
  FUZZ_CHECK(object_stamp_read(&object, &stamp, &error) == error.code);
  object_stamp_fill(&stamp, 2, 1234, OBJECT_CPU_PENTIUM4);
  if (object_stamp_seal(&object, bytes.data(), &stamp, &error) != OBJECT_STAMP_OK) return;
  elf_object sealed;
  elf_error elf_error;
  if (elf_object_validate(&sealed, bytes.data(), bytes.size(), object.workspace, &elf_error) != ELF_OK) return;
  object_expectation expected = {1234, OBJECT_CPU_PENTIUM4, 2};
  FUZZ_CHECK(object_stamp_check(&sealed, &expected, &error) == error.code);
}

void link(const elf_object& object) {
  Pools pools;
  elf_host host = {&pools, allocate, release, resolve, keep_group};
  elf_image image;
  elf_error error = {};
  int status = elf_object_link(&object, &host, &image, &error);
  FUZZ_CHECK((status == ELF_OK) == (error.text[0] == '\0'));
  if (status == ELF_OK) {
    FUZZ_CHECK(image.init_array_count * 4 <= image.blocks[ELF_POOL_DATA].size);
    elf_image_release(&image, &host);
  }
  FUZZ_CHECK(pools.live == 0);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static std::vector<elf_home> homes(sections);
  static std::vector<uint32_t> addresses(symbols);
  elf_workspace workspace = {homes.data(), sections, addresses.data(), symbols};
  elf_object object;
  elf_error error;
  int status = elf_object_validate(&object, data, size, &workspace, &error);
  FUZZ_CHECK(status == error.code && (status == ELF_OK) == (error.text[0] == '\0'));
  if (status != ELF_OK) return 0;
  look_at(object);
  link(object);
  check_stamp(object, {data, data + size});
  return 0;
}
