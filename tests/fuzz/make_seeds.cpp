// Writes the fuzzers' first inputs: one sound object, volume and manifest each, from which mutations start.
//
//   make_fuzz_seeds DIRECTORY
#include "elf_object.h"
#include "fat16_image.h"
#include <formats/object_stamp.h>

#include <filesystem>
#include <fstream>

using namespace ajit::test;

namespace {

void write(const std::filesystem::path& path, const std::vector<uint8_t>& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

/// Contiguous and fragmented files, a long name, a subdirectory; cut after the last cluster in use.
std::vector<uint8_t> sample_volume(uint32_t partition_start) {
  Fat16Image image(partition_start);
  uint8_t sum = long_name_checksum("LONGNA~1TXT");
  put_long_part(image.root_entry(0), 0x42, u" name.txt", sum);
  put_long_part(image.root_entry(1), 0x01, u"a longer file", sum);
  put_entry(image.root_entry(2), "LONGNA~1TXT", FAT16_ARCHIVE, 2, 1500);
  put_entry(image.root_entry(3), "SUB        ", FAT16_DIRECTORY, 5, 0);
  put_entry(image.root_entry(4), "EMPTY      ", 0, 0, 0);
  image.chain({2, 3, 7});
  image.chain({5, 6});
  put_entry(image.cluster(5), ".          ", FAT16_DIRECTORY, 5, 0);
  put_entry(image.cluster(5) + 32, "..         ", FAT16_DIRECTORY, 0, 0);
  put_entry(image.cluster(5) + 64, "INNER   TXT", 0, 4, 100);
  image.chain({4});
  auto end = static_cast<size_t>(image.cluster(9) - image.bytes.data());
  image.bytes.resize(end);
  if (partition_start == 0) return image.bytes;
  image.bytes[446 + 4] = 0x06;
  image.bytes[446 + 8] = static_cast<uint8_t>(partition_start);
  image.bytes[446 + 14] = 1; // 65,536 sectors
  image.bytes[510] = 0x55, image.bytes[511] = 0xaa;
  return image.bytes;
}

/// Constructors with the lowest and highest priorities.
std::vector<uint8_t> constructors() {
  ElfBuilder builder;
  for (const char* name : {".init_array.0", ".init_array.65535", ".init_array", ".init_array.65536"})
    builder.add_section(name, SHT_INIT_ARRAY, SHF_ALLOC | SHF_WRITE, 4, std::vector<uint8_t>(8));
  return builder.build();
}

std::vector<uint8_t> with_stamp() {
  ElfBuilder builder;
  builder.add_section(".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, 16, std::vector<uint8_t>(16, 0x90));
  builder.add_section(OBJECT_STAMP_SECTION, SHT_PROGBITS, 0, 1, std::vector<uint8_t>(sizeof(object_stamp)));
  return builder.build();
}

const std::string_view sample_manifest = "ajit-manifest 1\n"
                                         "target 0123456789abcdef exports fedcba9876543210\n"
                                         "thresholds 100 1000 10000\n"
                                         "state STATE.BIN\n"
                                         "data DATA0.OBJ 00000000000000aa\n"
                                         "function f u64(i32,ptr,f64) sx 00000000000000bb F0.OBJ - F2.OBJ F3.OBJ\n"
                                         "function %20g - - 00000000000000cc G0.OBJ - - -\n";

} // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  std::filesystem::path directory = arguments[1];
  write(directory / "elf_loader" / "sample", sample_object());
  write(directory / "elf_loader" / "constructors", constructors());
  write(directory / "elf_loader" / "stamp", with_stamp());
  write(directory / "fat16" / "superfloppy", sample_volume(0));
  write(directory / "fat16" / "partition", sample_volume(1));
  write(directory / "manifest" / "sample", {sample_manifest.begin(), sample_manifest.end()});
}
