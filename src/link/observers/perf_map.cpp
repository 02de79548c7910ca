#include "perf_map.h"

#include "error.h"
#include "log.h"

#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace ajit {
namespace {

void append_line(std::string& lines, const std::byte* start, std::size_t size, std::string_view name) {
  fmt::format_to(std::back_inserter(lines), "{:x} {:x} {}\n", reinterpret_cast<uintptr_t>(start), size, name);
}

bool write_all(int file, const char* data, std::size_t size) {
  while (size > 0) {
    const ssize_t written = write(file, data, size);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    data += written;
    size -= static_cast<std::size_t>(written);
  }
  return true;
}

/// The first `size` bytes of `path`; fewer if they cannot be read.
std::string contents(const std::string& path, std::size_t size) {
  std::string text(size, '\0');
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  std::size_t length = 0;
  while (file >= 0 && length < size) {
    const ssize_t count = read(file, text.data() + length, size - length);
    if (count <= 0) break;
    length += static_cast<std::size_t>(count);
  }
  if (file >= 0) close(file);
  text.resize(length);
  return text;
}

} // namespace

llvm::Expected<std::unique_ptr<PerfMap>> PerfMap::create() {
  std::unique_ptr<PerfMap> map(new PerfMap);
  if (llvm::Error error = map->open_file()) return error;
  return map;
}

PerfMap::~PerfMap() {
  if (file_ >= 0) close(file_);
}

llvm::Error PerfMap::open_file() {
  path_ = fmt::format("/tmp/perf-{}.map", getpid());
  // An earlier process with this number may have left a file. Every user may write to /tmp, so no link is followed.
  unlink(path_.c_str());
  file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  size_ = 0;
  if (file_ >= 0) return llvm::Error::success();
  return make_error("cannot write {}: {}", path_, std::generic_category().message(errno));
}

void PerfMap::write_lines(const std::string& lines) {
  MutexLock lock(mutex_);
  if (file_ < 0) return;
  size_ += lines.size();
  if (write_all(file_, lines.data(), lines.size())) return;
  log_warning("link", "perf will not know all code: cannot write {}: {}", path_,
              std::generic_category().message(errno));
  close(file_);
  file_ = -1;
}

void PerfMap::linked(const LinkedObject& object) {
  std::string lines;
  for (const CodeDescriptor* code : object.code)
    append_line(lines, code->start, code->size, shown_name(*code));
  write_lines(lines);
}

void PerfMap::assembled(const AssembledCode& code) {
  std::string lines;
  for (std::size_t index = 0; index != code.names.size(); ++index)
    append_line(lines, code.code.start + index * Slab::stub_size, Slab::stub_size, shown_name(code, index));
  write_lines(lines);
}

void PerfMap::after_fork_in_child() {
  if (file_ < 0) return;
  // Only `size_` bytes: the parent appends lines that the child does not know.
  const std::string known = contents(path_, size_);
  close(file_);
  if (llvm::Error error = open_file())
    return log_warning("link", "perf will not know the code of a forked child: {}", one_line(std::move(error)));
  write_lines(known);
}

} // namespace ajit
