//===- image_check.h - An image as the kernel will see it --------------------------------------------------------===//
//
// Reads an image back with the kernel's own readers (src/formats). Does what the kernel will do with each object, at
// every tier, except run it.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "disk_image.h"

#include <formats/manifest.h>
#include <map>
#include <string>
#include <vector>

namespace ajit {

/// The manifest of an image, with the text and arrays that it points into.
class ImageManifest {
public:
  static llvm::Expected<std::unique_ptr<ImageManifest>> read(DiskImage& image);

  const manifest& get() const { return manifest_; }

private:
  explicit ImageManifest(const std::vector<uint8_t>& bytes);

  std::vector<char> text_;
  std::vector<manifest_function> functions_;
  std::vector<manifest_data> data_;
  manifest manifest_ = {};
};

struct ImageReport {
  std::vector<std::string> problems; ///< one line each, the file first
  uint32_t objects = 0;
  uint64_t object_bytes = 0;
  std::map<std::string, uint64_t> relocations; ///< by type
};

/// Checks every object that the manifest names, and the state file. Fails if the manifest is missing or invalid.
llvm::Expected<ImageReport> check_image(DiskImage& image);

} // namespace ajit
