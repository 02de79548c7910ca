//===- image_writer.h - Puts files into a FAT16 image ------------------------------------------------------------===//
//
// mkfs.fat makes the volume and mtools fills it. So every boot tests the kernel's reader on an image that independent
// tools made. The same files give the same image, byte for byte.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "program_objects.h"

#include <llvm/Support/Error.h>
#include <string>
#include <vector>

namespace ajit {

/// How a volume for some files is to be formatted.
struct VolumeLayout {
  uint32_t sectors_per_cluster = 1;
  uint32_t root_entries = 512;
  uint32_t kib = 0;
};

/// The layout with the smallest clusters that fits `files` into a FAT16 volume, with a quarter of room to spare. Fails
/// if no FAT16 volume can hold them.
llvm::Expected<VolumeLayout> volume_layout(const std::vector<ImageFile>& files);

/// Writes a new image at `path`, replacing what is there. Fails if mkfs.fat or mcopy is missing or fails.
llvm::Error write_image(const std::string& path, const std::vector<ImageFile>& files);

} // namespace ajit
