#include "image_check.h"
#include "error.h"
#include "load_check.h"

#include <algorithm>
#include <fmt/format.h>
#include <formats/exports.h>
#include <formats/profile_state.h>
#include <set>

using namespace llvm;

namespace ajit {
namespace {

/// Shorter than any `data` or `function` line of a manifest, so that a text of N bytes has at most N / 16 of them.
constexpr size_t shortest_line = 16;

class ImageChecker {
public:
  ImageChecker(DiskImage& image, const manifest& manifest) : image_(image), manifest_(manifest) {
#define ADD_EXPORT(name, signature) defined_.insert(#name);
    AJIT_EXPORTS(ADD_EXPORT)
#undef ADD_EXPORT
    for (const manifest_function& function : functions())
      defined_.insert(function.name);
  }

  /// Checks that the files that the manifest does not name can be read: the kernel's shell can show them, too.
  void check_files() {
    Expected<std::vector<DiskImage::Entry>> entries = image_.list("/");
    if (!entries) return report_.problems.push_back(one_line(entries.takeError()));
    for (const DiskImage::Entry& entry : *entries) {
      if (entry.directory || named_.contains(entry.name)) continue;
      Expected<std::vector<uint8_t>> bytes = image_.read(entry.name);
      if (!bytes) report_.problems.push_back(one_line(bytes.takeError()));
    }
  }

  void check_target() {
    manifest_error error;
    if (manifest_check_target(&manifest_, &error) != MANIFEST_OK) report_.problems.push_back(error.text);
  }

  /// Checks the data objects in the kernel's order. Each may use what it defines and what the objects before it define.
  void check_data() {
    for (const manifest_data& data : ArrayRef(manifest_.data, manifest_.data_count))
      check_object(data.object, {data.source_hash, OBJECT_CPU_PENTIUM4, OBJECT_STAMP_TIER_DATA}, nullptr);
  }

  void check_functions() {
    for (const manifest_function& function : functions())
      for (unsigned tier = 0; tier < MANIFEST_TIERS; tier++)
        if (function.objects[tier][0])
          check_object(function.objects[tier], {function.source_hash, OBJECT_CPU_PENTIUM4, static_cast<uint8_t>(tier)},
                       function.name);
  }

  void check_state() {
    if (manifest_.state_file[0] == '\0') return;
    named_.insert(manifest_.state_file);
    Expected<std::vector<uint8_t>> bytes = image_.read(manifest_.state_file);
    if (!bytes) return problem(manifest_.state_file, one_line(bytes.takeError()));
    size_t wanted = size_t{profile_state_slot_size(manifest_.function_count)} * PROFILE_STATE_SLOTS;
    if (bytes->size() < wanted)
      problem(manifest_.state_file, fmt::format("has {} bytes, the functions need {}", bytes->size(), wanted));
  }

  ImageReport take() { return std::move(report_); }

private:
  ArrayRef<manifest_function> functions() const { return {manifest_.functions, manifest_.function_count}; }

  void problem(const char* file, const std::string& what) {
    report_.problems.push_back(fmt::format("{}: {}", file, what));
  }

  /// `function` is null for a data object.
  void check_object(const char* file, const object_expectation& expected, const char* function) {
    named_.insert(file);
    Expected<std::vector<uint8_t>> bytes = image_.read(file);
    if (!bytes) return report_.problems.push_back(one_line(bytes.takeError()));
    report_.objects++;
    report_.object_bytes += bytes->size();
    LoadCheck check(*bytes);
    if (!check.error().empty()) return problem(file, check.error());
    if (std::string why = check.stamp_error(&expected); !why.empty()) return problem(file, why);
    for (const auto& [type, count] : check.relocations())
      report_.relocations[type] += count;
    std::vector<std::string> definitions = check.definitions();
    if (function)
      check_body(file, definitions, function, expected.tier);
    else
      defined_.insert(definitions.begin(), definitions.end());
    LinkFigures figures = check.link([this](StringRef name) { return defined_.contains(name.str()); });
    for (const std::string& name : figures.unresolved)
      problem(file, "undefined symbol " + name);
  }

  void check_body(const char* file, const std::vector<std::string>& definitions, const char* function, unsigned tier) {
    char body[MANIFEST_MAX_NAME + 4];
    if (!manifest_body_symbol(function, tier, body, sizeof body)) return problem(file, "name too long");
    if (std::find(definitions.begin(), definitions.end(), body) == definitions.end())
      problem(file, fmt::format("does not define {}", body));
  }

  DiskImage& image_;
  const manifest& manifest_;
  std::set<std::string> defined_; ///< by the kernel, as a function's stub, or by a data object checked so far
  std::set<std::string> named_;   ///< files the manifest names
  ImageReport report_;
};

} // namespace

ImageManifest::ImageManifest(const std::vector<uint8_t>& bytes)
    : text_(bytes.begin(), bytes.end()), functions_(bytes.size() / shortest_line + 1), data_(functions_.size()) {
  manifest_.functions = functions_.data();
  manifest_.function_capacity = static_cast<uint32_t>(functions_.size());
  manifest_.data = data_.data();
  manifest_.data_capacity = static_cast<uint32_t>(data_.size());
}

Expected<std::unique_ptr<ImageManifest>> ImageManifest::read(DiskImage& image) {
  Expected<std::vector<uint8_t>> bytes = image.read(MANIFEST_FILE);
  if (!bytes) return bytes.takeError();
  if (bytes->empty()) return make_error("{}: empty", MANIFEST_FILE);
  std::unique_ptr<ImageManifest> made(new ImageManifest(*bytes));
  manifest_error error;
  if (manifest_parse(&made->manifest_, made->text_.data(), static_cast<uint32_t>(made->text_.size()), &error) !=
      MANIFEST_OK)
    return make_error("{}: {}", MANIFEST_FILE, error.text);
  return made;
}

Expected<ImageReport> check_image(DiskImage& image) {
  Expected<std::unique_ptr<ImageManifest>> manifest = ImageManifest::read(image);
  if (!manifest) return manifest.takeError();
  ImageChecker checker(image, (*manifest)->get());
  checker.check_target();
  checker.check_data();
  checker.check_functions();
  checker.check_state();
  checker.check_files();
  return checker.take();
}

} // namespace ajit
