// See fat16_image.h.
#include "fat16_image.h"

#include <cstring>

namespace ajit::test {
namespace {

int access_sectors(MemoryDisk& disk, uint64_t first, uint32_t count) {
  disk.reads++;
  bool touches_bad =
      disk.bad_sector >= static_cast<int64_t>(first) && disk.bad_sector < static_cast<int64_t>(first + count);
  bool outside = first + count > disk.bytes.size() / disk.device.sector_size;
  return disk.broken || touches_bad || outside ? -1 : 0;
}

int read_sectors(void* context, uint64_t first, uint32_t count, void* buffer) {
  auto& disk = *static_cast<MemoryDisk*>(context);
  if (access_sectors(disk, first, count) < 0) return -1;
  std::memcpy(buffer, &disk.bytes[first * disk.device.sector_size], size_t{count} * disk.device.sector_size);
  return 0;
}

int write_sectors(void* context, uint64_t first, uint32_t count, const void* buffer) {
  auto& disk = *static_cast<MemoryDisk*>(context);
  if (access_sectors(disk, first, count) < 0) return -1;
  std::memcpy(&disk.bytes[first * disk.device.sector_size], buffer, size_t{count} * disk.device.sector_size);
  return 0;
}

} // namespace

MemoryDisk::MemoryDisk(std::vector<uint8_t> contents, uint32_t sector_size)
    : bytes(std::move(contents)), device{this, sector_size, bytes.size() / sector_size, read_sectors, write_sectors} {}

Fat16Image::Fat16Image(uint32_t partition_start)
    : bytes((partition_start + total_sectors) * 512), start_(partition_start * 512) {
  put8(0, 0xeb), put8(1, 0x3c), put8(2, 0x90);
  put16(11, 512);
  put8(13, 1);
  put16(14, reserved);
  put8(16, 2);
  put16(17, root_entries);
  put16(19, total_sectors);
  put8(21, 0xf8);
  put16(22, fat_sectors);
  put16(510, 0xaa55);
  link(0, 0xfff8);
  link(1, 0xffff);
}

void Fat16Image::put16(uint32_t offset, uint32_t value) { put8(offset, value), put8(offset + 1, value >> 8); }
void Fat16Image::put32(uint32_t offset, uint32_t value) { put16(offset, value), put16(offset + 2, value >> 16); }

void Fat16Image::link(uint32_t cluster, uint32_t value) {
  put16(reserved * 512 + cluster * 2, value);
  put16((reserved + fat_sectors) * 512 + cluster * 2, value);
}

void Fat16Image::chain(const std::vector<uint32_t>& chain) {
  for (size_t i = 0; i < chain.size(); i++)
    link(chain[i], i + 1 < chain.size() ? chain[i + 1] : 0xffff);
}

void put_entry(uint8_t* at, std::string_view name, uint8_t attributes, uint32_t first_cluster, uint32_t size) {
  std::memset(at, 0, 32);
  std::memcpy(at, name.data(), 11);
  at[11] = attributes;
  at[26] = static_cast<uint8_t>(first_cluster), at[27] = static_cast<uint8_t>(first_cluster >> 8);
  for (int i = 0; i < 4; i++)
    at[28 + i] = static_cast<uint8_t>(size >> (8 * i));
}

void put_long_part(uint8_t* at, uint8_t order, std::u16string_view units, uint8_t checksum) {
  static const int offsets[13] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
  std::memset(at, 0, 32);
  at[0] = order;
  at[11] = 0x0f;
  at[13] = checksum;
  for (size_t i = 0; i < 13; i++) {
    unsigned unit = i < units.size() ? units[i] : i == units.size() ? 0u : 0xffffu;
    at[offsets[i]] = static_cast<uint8_t>(unit), at[offsets[i] + 1] = static_cast<uint8_t>(unit >> 8);
  }
}

uint8_t long_name_checksum(std::string_view name) {
  uint8_t sum = 0;
  for (char byte : name)
    sum = static_cast<uint8_t>((sum << 7 | sum >> 1) + static_cast<uint8_t>(byte));
  return sum;
}

Mounted::Mounted(std::vector<uint8_t> bytes, uint32_t sector_size)
    : disk(std::move(bytes), sector_size), status(fat16_mount(&volume, &disk.device)) {}

std::string Mounted::read(const char* path) {
  fat16_file file;
  status = fat16_open(&volume, path, &file);
  if (status != FAT16_OK) return {};
  std::string contents(file.size, '\0');
  uint32_t done = 0;
  status = fat16_read(&file, 0, contents.data(), file.size, &done);
  contents.resize(done);
  return contents;
}

std::vector<std::string> Mounted::list(const char* path) {
  std::vector<std::string> names;
  auto visit = [](void* context, const fat16_entry* entry) {
    static_cast<std::vector<std::string>*>(context)->push_back(entry->name);
    return 0;
  };
  status = fat16_list(&volume, path, visit, &names);
  return names;
}

} // namespace ajit::test
