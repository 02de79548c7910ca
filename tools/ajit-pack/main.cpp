//===- main.cpp - ajit-pack: bitcode to an image for the kernel ---------------------------------------------------===//
#include "command_line.h"
#include "error.h"
#include "image_check.h"
#include "image_writer.h"
#include "load_check.h"
#include "module_source.h"

#include <filesystem>
#include <fmt/format.h>
#include <fstream>
#include <llvm/Support/MemoryBuffer.h>

using namespace ajit;
using namespace llvm;

namespace {

int fail(const std::string& why) {
  fmt::print(stderr, "ajit-pack: error: {}\n", why);
  return 1;
}

int fail(Error error) { return fail(one_line(std::move(error))); }

Expected<std::unique_ptr<ModuleSource>> load_modules(const std::vector<std::string>& paths) {
  std::vector<std::unique_ptr<ModuleSource>> sources;
  for (const std::string& path : paths) {
    ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFileOrSTDIN(path);
    if (!file) return make_error("cannot read module: {}: {}", path, file.getError().message());
    auto source = ModuleSource::from_buffer(std::move(*file), path, /*foreign=*/true);
    if (!source) return source.takeError();
    sources.push_back(std::move(*source));
  }
  return ModuleSource::link(std::move(sources));
}

Error write_files(const std::string& directory, const std::vector<ImageFile>& files) {
  std::error_code code;
  std::filesystem::create_directories(directory, code);
  for (const ImageFile& file : files) {
    std::ofstream out(std::filesystem::path(directory) / file.name, std::ios::binary);
    out.write(reinterpret_cast<const char*>(file.bytes.data()), static_cast<std::streamsize>(file.bytes.size()));
    if (!out.flush()) return make_error("cannot write {}/{}", directory, file.name);
  }
  return Error::success();
}

int pack(const Request& request) {
  Expected<std::unique_ptr<ModuleSource>> source = load_modules(request.files);
  if (!source) return fail(source.takeError());
  Expected<ProgramObjects> program = compile_program(std::move(*source), request.options);
  if (!program) return fail(program.takeError());
  if (!request.objects.empty())
    if (Error error = write_files(request.objects, program->files)) return fail(std::move(error));
  if (!request.output.empty())
    if (Error error = write_image(request.output, program->files)) return fail(std::move(error));
  if (request.quiet) return 0;
  for (const std::string& remark : program->remarks)
    fmt::print("{}\n", remark);
  size_t bytes = 0;
  for (const ImageFile& file : program->files)
    bytes += file.bytes.size();
  fmt::print("{} functions, {} files, {} bytes{}\n", program->functions, program->files.size(), bytes,
             request.output.empty() ? "" : " in " + request.output);
  return 0;
}

int list(const Request& request) {
  Expected<std::unique_ptr<DiskImage>> image = DiskImage::open(request.files[0]);
  if (!image) return fail(image.takeError());
  Expected<std::vector<DiskImage::Entry>> entries = (*image)->list("/");
  if (!entries) return fail(entries.takeError());
  Expected<std::unique_ptr<ImageManifest>> contents = ImageManifest::read(**image);
  if (!contents) return fail(contents.takeError());
  const manifest& manifest = (*contents)->get();
  fmt::print("{} clusters of {} bytes, {} files\n", (*image)->volume().cluster_count,
             (*image)->volume().sector_size << (*image)->volume().cluster_shift, entries->size());
  fmt::print("thresholds {} {} {}\n", manifest.thresholds[0], manifest.thresholds[1], manifest.thresholds[2]);
  for (uint32_t i = 0; i < manifest.data_count; i++)
    fmt::print("data {}\n", manifest.data[i].object);
  for (uint32_t i = 0; i < manifest.function_count; i++) {
    const manifest_function& function = manifest.functions[i];
    fmt::print("{} {}", function.name, function.signature_text);
    for (const char* object : function.objects)
      fmt::print(" {}", object[0] ? object : "-");
    fmt::print("\n");
  }
  return 0;
}

/// "R_386_32 40, R_386_PC32 17".
std::string counted(const std::map<std::string, uint64_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, count);
  return text.empty() ? "none" : text;
}

int verify(const Request& request) {
  Expected<std::unique_ptr<DiskImage>> image = DiskImage::open(request.files[0]);
  if (!image) return fail(image.takeError());
  Expected<ImageReport> report = check_image(**image);
  if (!report) return fail(report.takeError());
  for (const std::string& problem : report->problems)
    fmt::print("{}\n", problem);
  if (!request.quiet || !report->problems.empty())
    fmt::print("{} objects, {} bytes, relocations {}: {} problems\n", report->objects, report->object_bytes,
               counted(report->relocations), report->problems.size());
  return report->problems.empty() ? 0 : 1;
}

struct LoadTotals {
  size_t refused = 0;
  uint64_t bytes = 0;
  std::map<std::string, uint64_t> relocations;
};

/// Treats every undefined symbol as defined by another object: the question is whether the loader accepts the form of
/// this one.
std::string load_error(const std::string& path, LoadTotals& totals) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(path);
  if (!file) return file.getError().message();
  std::vector<uint8_t> object((*file)->getBufferStart(), (*file)->getBufferEnd());
  totals.bytes += object.size();
  LoadCheck check(object);
  if (!check.error().empty()) return check.error();
  check.link([](StringRef) { return true; });
  for (const auto& [type, count] : check.relocations())
    totals.relocations[type] += count;
  return "";
}

int will_it_load(const Request& request) {
  LoadTotals totals;
  for (const std::string& path : request.files) {
    std::string why = load_error(path, totals);
    if (!why.empty()) totals.refused++;
    if (!request.quiet || !why.empty()) fmt::print("{}: {}\n", path, why.empty() ? "loads" : why);
  }
  if (request.files.size() > 1)
    fmt::print("{} objects, {} bytes, relocations {}: {} load, {} are refused\n", request.files.size(), totals.bytes,
               counted(totals.relocations), request.files.size() - totals.refused, totals.refused);
  return totals.refused ? 1 : 0;
}

} // namespace

int main(int count, char** arguments) {
  int status = 0;
  std::optional<Request> request = parse_command_line(count, arguments, status);
  if (!request) return status;
  switch (request->action) {
  case Request::Action::pack:
    return pack(*request);
  case Request::Action::list:
    return list(*request);
  case Request::Action::verify:
    return verify(*request);
  case Request::Action::will_it_load:
    return will_it_load(*request);
  }
  return 1;
}
