//===- disk_image.h - An image read with the kernel's own FAT16 reader -------------------------------------------===//
#pragma once

#include <cstdint>
#include <formats/fat16.h>
#include <llvm/Support/Error.h>
#include <memory>
#include <string>
#include <vector>

namespace ajit {

/// A disk in memory, with its volume mounted.
class DiskImage {
public:
  static llvm::Expected<std::unique_ptr<DiskImage>> open(const std::string& path);
  DiskImage(const DiskImage&) = delete;

  struct Entry {
    std::string name;
    uint32_t size;
    bool directory;
  };

  llvm::Expected<std::vector<Entry>> list(const std::string& directory);
  llvm::Expected<std::vector<uint8_t>> read(const std::string& path);
  const fat16_volume& volume() const { return volume_; }

private:
  explicit DiskImage(std::vector<uint8_t> bytes);
  static int read_sectors(void* context, uint64_t first, uint32_t count, void* buffer);

  std::vector<uint8_t> bytes_;
  block_device device_;
  fat16_volume volume_;
};

} // namespace ajit
