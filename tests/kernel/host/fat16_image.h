// FAT16 volumes for the reader's tests, synthesized byte by byte, so that a test can break any byte; and a disk in
// memory that counts requests and can fail them.
#pragma once

#include <formats/fat16.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ajit::test {

/// A block device over a vector. The device is valid as long as the disk is; after resizing the vector, get it again.
class MemoryDisk {
public:
  explicit MemoryDisk(std::vector<uint8_t> contents, uint32_t sector_size = 512);
  MemoryDisk(const MemoryDisk&) = delete;

  std::vector<uint8_t> bytes;
  block_device device;
  unsigned reads = 0;      ///< requests so far
  bool broken = false;     ///< every request fails
  int64_t bad_sector = -1; ///< requests that touch it fail
};

/// A valid, empty volume with sectors of 512 bytes, one sector per cluster, two FATs, 64 root entries and 4,100
/// clusters. `partition_start` free sectors precede it.
class Fat16Image {
public:
  explicit Fat16Image(uint32_t partition_start = 0);

  static constexpr uint32_t reserved = 1, fat_sectors = 17, root_entries = 64, clusters = 4100;
  static constexpr uint32_t root_sector = reserved + 2 * fat_sectors;
  static constexpr uint32_t data_sector = root_sector + root_entries * 32 / 512;
  static constexpr uint32_t total_sectors = data_sector + clusters;

  void put8(uint32_t offset, uint32_t value) { bytes[start_ + offset] = static_cast<uint8_t>(value); }
  void put16(uint32_t offset, uint32_t value);
  void put32(uint32_t offset, uint32_t value);

  /// Sets the link of a cluster in both FATs.
  void link(uint32_t cluster, uint32_t value);
  /// Links the clusters into a chain that ends.
  void chain(const std::vector<uint32_t>& chain);
  uint8_t* cluster(uint32_t number) { return &bytes[start_ + (data_sector + number - 2) * 512]; }
  uint8_t* root_entry(uint32_t index) { return &bytes[start_ + root_sector * 512 + index * 32]; }

  std::vector<uint8_t> bytes;

private:
  uint32_t start_; ///< of the volume, in bytes
};

/// Writes a directory entry; `name` is the eleven bytes on the disk.
void put_entry(uint8_t* at, std::string_view name, uint8_t attributes, uint32_t first_cluster, uint32_t size);

/// Writes one part of a long name, ASCII only, as entry `order` (with 0x40 on the first stored).
void put_long_part(uint8_t* at, uint8_t order, std::u16string_view units, uint8_t checksum);

/// The checksum of a short name that ties its long name to it.
uint8_t long_name_checksum(std::string_view name);

/// Mounts and keeps the disk.
struct Mounted {
  explicit Mounted(std::vector<uint8_t> bytes, uint32_t sector_size = 512);
  /// Reads a whole file. If that fails, `status` has the reason.
  std::string read(const char* path);
  /// The names in a directory, in order.
  std::vector<std::string> list(const char* path);

  MemoryDisk disk;
  fat16_volume volume;
  int status;
};

} // namespace ajit::test
