//===- manifest_text.h - Writes the manifest that the kernel parses ----------------------------------------------===//
//
// The header of the parser, src/formats/include/formats/manifest.h, describes the format.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace ajit {

struct ManifestData {
  std::string file;
  uint64_t source_hash = 0;
};

struct ManifestFunction {
  std::string symbol;
  std::string signature; ///< "-" if it cannot be expressed
  uint8_t flags = 0;     ///< of manifest_flag
  uint64_t source_hash = 0;
  std::array<std::string, 4> files; ///< per tier; "" for none
};

struct ManifestContents {
  std::array<uint32_t, 3> thresholds{100, 1000, 10000};
  std::string state_file; ///< "" for none
  std::vector<ManifestData> data;
  std::vector<ManifestFunction> functions;
};

/// The text, its checksum included.
std::string manifest_text(const ManifestContents& contents);

} // namespace ajit
