#include "image_writer.h"
#include "error.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <llvm/ADT/ScopeExit.h>
#include <llvm/ADT/SmallString.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/MathExtras.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/Program.h>

using namespace llvm;

namespace ajit {
namespace {

constexpr uint64_t sector_bytes = 512;
constexpr uint64_t least_clusters = 4200; ///< FAT16 begins at 4,085; mkfs.fat needs some for its own alignment
constexpr uint64_t most_clusters = 65000;
constexpr size_t files_per_command = 500;

/// Runs `name` and waits for it. If it fails, the error holds the first line of its output.
Error run(StringRef name, const std::vector<std::string>& arguments) {
  ErrorOr<std::string> program = sys::findProgramByName(name);
  if (!program) program = sys::findProgramByName(name, {"/usr/sbin", "/sbin"});
  if (!program) return make_error("{} is not installed", name.str());
  SmallString<128> output;
  if (std::error_code code = sys::fs::createTemporaryFile("ajit-pack", "log", output))
    return make_error("cannot create a temporary file: {}", code.message());
  auto remove_output = make_scope_exit([&] { sys::fs::remove(output); });
  std::vector<StringRef> words{*program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(output), StringRef(output)};
  std::string why;
  int status = sys::ExecuteAndWait(*program, words, std::nullopt, redirects, 0, 0, &why);
  if (status == 0) return Error::success();
  std::ifstream log(output.str().str());
  std::string first;
  while (first.empty() && std::getline(log, first)) {
  }
  return make_error("{} failed: {}", name.str(), why.empty() ? first : why);
}

Error write_file(const std::string& path, const std::vector<uint8_t>& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  if (!file.flush()) return make_error("cannot write {}", path);
  return Error::success();
}

/// Makes the tools write the same time stamps and volume number every time. Turns off an mtools check that refuses a
/// volume whose size is not a whole number of tracks; an image has no tracks.
void set_environment() {
  setenv("SOURCE_DATE_EPOCH", "946684800", 0);
  setenv("MTOOLS_SKIP_CHECK", "1", 1);
  setenv("TZ", "UTC", 1);
}

Error copy_files(const std::string& image, const std::string& directory, const std::vector<ImageFile>& files) {
  for (size_t first = 0; first < files.size(); first += files_per_command) {
    std::vector<std::string> arguments{"-i", image};
    for (size_t i = first; i < std::min(files.size(), first + files_per_command); i++) {
      std::string path = directory + "/" + files[i].name;
      if (Error error = write_file(path, files[i].bytes)) return error;
      arguments.push_back(path);
    }
    arguments.push_back("::");
    if (Error error = run("mcopy", arguments)) return error;
  }
  return Error::success();
}

} // namespace

Expected<VolumeLayout> volume_layout(const std::vector<ImageFile>& files) {
  VolumeLayout layout;
  layout.root_entries = static_cast<uint32_t>(alignTo(std::max<uint64_t>(512, files.size() + 64), 16));
  if (files.size() > 60000) return make_error("too many files for one directory: {}", files.size());
  for (; layout.sectors_per_cluster <= 64; layout.sectors_per_cluster *= 2) {
    uint64_t cluster = layout.sectors_per_cluster * sector_bytes;
    uint64_t clusters = 0;
    for (const ImageFile& file : files)
      clusters += divideCeil(file.bytes.size(), cluster);
    clusters = std::max(least_clusters, clusters + clusters / 4);
    if (clusters > most_clusters) continue;
    uint64_t bytes = clusters * cluster + 2 * alignTo(2 * (clusters + 2), sector_bytes) + layout.root_entries * 32 +
                     sector_bytes * layout.sectors_per_cluster;
    layout.kib = static_cast<uint32_t>(divideCeil(bytes, 1024));
    return layout;
  }
  return make_error("the files do not fit a FAT16 volume");
}

Error write_image(const std::string& path, const std::vector<ImageFile>& files) {
  Expected<VolumeLayout> layout = volume_layout(files);
  if (!layout) return layout.takeError();
  SmallString<128> directory;
  if (std::error_code code = sys::fs::createUniqueDirectory("ajit-pack", directory))
    return make_error("cannot create a temporary directory: {}", code.message());
  auto remove_directory = make_scope_exit([&] { sys::fs::remove_directories(directory); });
  set_environment();
  std::string image = directory.str().str() + "/image";
  if (Error error = run("mkfs.fat", {"--invariant", "-C", "-F", "16", "-n", "AJIT", "-s",
                                     std::to_string(layout->sectors_per_cluster), "-r",
                                     std::to_string(layout->root_entries), image, std::to_string(layout->kib)}))
    return error;
  if (Error error = copy_files(image, directory.str().str(), files)) return error;
  if (std::error_code code = sys::fs::copy_file(image, path))
    return make_error("cannot write {}: {}", path, code.message());
  return Error::success();
}

} // namespace ajit
