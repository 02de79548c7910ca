// Fuzzes the FAT16 reader with volumes. For any bytes, every call must end with success or a named error, and writes
// must stay in the data area.
//
// The input is the beginning of the disk, and the rest reads as zeros. Thus inputs stay small, although the smallest
// FAT16 volume has two mebibytes.
#include "fuzz_check.h"
#include <formats/fat16.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr uint32_t sector_bytes = 512;
constexpr uint64_t disk_sectors = 200000;

struct Disk {
  std::vector<uint8_t> bytes;
  const fat16_volume* volume = nullptr; ///< once mounted
};

int read_disk(void* context, uint64_t first, uint32_t count, void* buffer) {
  const auto& disk = *static_cast<const Disk*>(context);
  FUZZ_CHECK(first + count <= disk_sectors);
  uint64_t start = first * sector_bytes, size = uint64_t{count} * sector_bytes;
  std::memset(buffer, 0, size);
  if (start < disk.bytes.size())
    std::memcpy(buffer, &disk.bytes[start], std::min<uint64_t>(size, disk.bytes.size() - start));
  return 0;
}

int write_disk(void* context, uint64_t first, uint32_t count, const void* buffer) {
  auto& disk = *static_cast<Disk*>(context);
  FUZZ_CHECK(first + count <= disk_sectors);
  const fat16_volume& volume = *disk.volume;
  FUZZ_CHECK(first >= volume.device_start + (uint64_t{volume.data_start} << volume.device_shift));
  uint64_t start = first * sector_bytes, size = uint64_t{count} * sector_bytes;
  if (start < disk.bytes.size())
    std::memcpy(&disk.bytes[start], buffer, std::min<uint64_t>(size, disk.bytes.size() - start));
  return 0;
}

/// A buffer of exactly `length` bytes, so that AddressSanitizer guards its end.
void read_range(fat16_file& file, uint32_t offset, uint32_t length) {
  std::vector<uint8_t> buffer(length);
  uint32_t done = 0;
  int status = fat16_read(&file, offset, buffer.data(), length, &done);
  FUZZ_CHECK(done <= length);
  FUZZ_CHECK(status != FAT16_OK || done == std::min(length, offset < file.size ? file.size - offset : 0));
}

void use_file(fat16_volume& volume, const std::string& path) {
  fat16_file file;
  if (fat16_open(&volume, path.c_str(), &file) != FAT16_OK) return;
  read_range(file, 0, 5000);
  read_range(file, file.size / 2, 700);
  read_range(file, file.size - std::min(file.size, 10u), 20);
  if (file.size < 600) return;
  std::vector<uint8_t> bytes(600, 0x5a);
  fat16_write(&file, file.size - 600, bytes.data(), 600);
}

int collect(void* context, const fat16_entry* entry) {
  auto& names = *static_cast<std::vector<std::string>*>(context);
  FUZZ_CHECK(std::strlen(entry->name) < FAT16_NAME_BYTES);
  FUZZ_CHECK(std::strlen(entry->short_name) < FAT16_SHORT_NAME_BYTES);
  names.push_back(entry->name);
  return names.size() < 20 ? 0 : 1;
}

void walk(fat16_volume& volume, const std::string& path, int depth) {
  std::vector<std::string> names;
  if (fat16_list(&volume, path.c_str(), collect, &names) < 0 || depth == 0) return;
  for (const std::string& name : names) {
    use_file(volume, path + "/" + name);
    walk(volume, path + "/" + name, depth - 1);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Disk disk{{data, data + size}};
  block_device device = {&disk, sector_bytes, disk_sectors, read_disk, write_disk};
  static fat16_volume volume;
  int status = fat16_mount(&volume, &device);
  FUZZ_CHECK(std::strcmp(fat16_status_text(status), "unknown error") != 0);
  if (status != FAT16_OK) return 0;
  disk.volume = &volume;
  walk(volume, "", 2);
  return 0;
}
