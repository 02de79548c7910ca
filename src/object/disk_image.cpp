#include "disk_image.h"
#include "error.h"

#include <cstring>
#include <llvm/Support/MemoryBuffer.h>

using namespace llvm;

namespace ajit {

constexpr uint32_t device_sector = 512;

DiskImage::DiskImage(std::vector<uint8_t> bytes)
    : bytes_(std::move(bytes)), device_{this, device_sector, bytes_.size() / device_sector, read_sectors, nullptr} {}

int DiskImage::read_sectors(void* context, uint64_t first, uint32_t count, void* buffer) {
  auto& self = *static_cast<DiskImage*>(context);
  if (first + count > self.device_.sector_count) return -1;
  std::memcpy(buffer, &self.bytes_[first * device_sector], size_t{count} * device_sector);
  return 0;
}

Expected<std::unique_ptr<DiskImage>> DiskImage::open(const std::string& path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(path);
  if (!file) return make_error("cannot read image: {}: {}", path, file.getError().message());
  std::unique_ptr<DiskImage> image(
      new DiskImage(std::vector<uint8_t>((*file)->getBufferStart(), (*file)->getBufferEnd())));
  int status = fat16_mount(&image->volume_, &image->device_);
  if (status != FAT16_OK) return make_error("cannot mount image: {}: {}", path, fat16_status_text(status));
  return image;
}

Expected<std::vector<DiskImage::Entry>> DiskImage::list(const std::string& directory) {
  std::vector<Entry> entries;
  auto visit = [](void* context, const fat16_entry* entry) {
    bool is_directory = entry->attributes & FAT16_DIRECTORY;
    static_cast<std::vector<Entry>*>(context)->push_back({entry->name, entry->size, is_directory});
    return 0;
  };
  int status = fat16_list(&volume_, directory.c_str(), visit, &entries);
  if (status != FAT16_OK) return make_error("{}: {}", directory, fat16_status_text(status));
  return entries;
}

Expected<std::vector<uint8_t>> DiskImage::read(const std::string& path) {
  fat16_file file;
  int status = fat16_open(&volume_, path.c_str(), &file);
  if (status != FAT16_OK) return make_error("{}: {}", path, fat16_status_text(status));
  std::vector<uint8_t> bytes(file.size);
  uint32_t done = 0;
  status = fat16_read(&file, 0, bytes.data(), file.size, &done);
  if (status != FAT16_OK) return make_error("{}: {}", path, fat16_status_text(status));
  return bytes;
}

} // namespace ajit
