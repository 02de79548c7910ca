#include "manifest_text.h"

#include <fmt/format.h>
#include <formats/exports.h>
#include <formats/hash.h>
#include <formats/manifest.h>
#include <formats/object_stamp.h>

namespace ajit {
namespace {

std::string encoded(const std::string& name) {
  std::string text;
  for (char character : name) {
    auto byte = static_cast<unsigned char>(character);
    if (byte <= 0x20 || byte >= 0x7f || byte == '%')
      text += fmt::format("%{:02x}", byte);
    else
      text += character;
  }
  return text;
}

std::string flag_letters(uint8_t flags) {
  std::string letters;
  if (flags & MANIFEST_SRET) letters += 's';
  if (flags & MANIFEST_X87) letters += 'x';
  if (flags & MANIFEST_VARIADIC) letters += 'v';
  return letters.empty() ? "-" : letters;
}

std::string or_dash(const std::string& text) { return text.empty() ? "-" : text; }

} // namespace

std::string manifest_text(const ManifestContents& contents) {
  std::string text =
      fmt::format("ajit-manifest {}\ntarget {:016x} exports {:016x}\nthresholds {} {} {}\nstate {}\n",
                  static_cast<int>(MANIFEST_VERSION), object_stamp_target_hash(), export_set_hash(),
                  contents.thresholds[0], contents.thresholds[1], contents.thresholds[2], or_dash(contents.state_file));
  for (const ManifestData& data : contents.data)
    text += fmt::format("data {} {:016x}\n", data.file, data.source_hash);
  for (const ManifestFunction& function : contents.functions) {
    text += fmt::format("function {} {} {} {:016x}", encoded(function.symbol), function.signature,
                        flag_letters(function.flags), function.source_hash);
    for (const std::string& file : function.files)
      text += " " + or_dash(file);
    text += "\n";
  }
  return text + fmt::format("checksum {:08x}\n", checksum32(0, text.data(), text.size()));
}

} // namespace ajit
