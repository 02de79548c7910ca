#include "jit_dump.h"

#include "error.h"
#include "log.h"

#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/Object/ELFObjectFile.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <system_error>
#include <unistd.h>

namespace ajit {
namespace {

// The layouts of tools/perf/Documentation/jitdump-specification.txt.
struct FileHeader {
  uint32_t magic = 0x4a695444;
  uint32_t version = 1;
  uint32_t size = sizeof(FileHeader);
  uint32_t machine = EM_X86_64;
  uint32_t padding = 0;
  uint32_t process = 0;
  uint64_t time = 0;
  uint64_t flags = 0;
};

enum class RecordKind : uint32_t { code = 0, debug_info = 2 };

struct RecordHeader {
  RecordKind kind;
  uint32_t size;
  uint64_t time;
};

struct CodeRecord {
  RecordHeader header;
  uint32_t process;
  uint32_t thread;
  uint64_t address;
  uint64_t same_address;
  uint64_t size;
  uint64_t index;
};

struct LinesRecord {
  RecordHeader header;
  uint64_t address;
  uint64_t count;
};

struct LineEntry {
  uint64_t address;
  uint32_t line;
  uint32_t discriminator;
};

uint64_t now() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

llvm::Error system_error(const std::string& path) {
  return make_error("cannot write {}: {}", path, std::generic_category().message(errno));
}

/// A new directory under .debug/jit.
llvm::Expected<std::string> make_directory() {
  const char* base = getenv("JITDUMPDIR");
  if (!base || !*base) base = getenv("HOME");
  std::string path = base && *base ? base : ".";
  for (const char* part : {"/.debug", "/jit"}) {
    path += part;
    if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) return system_error(path);
  }
  path += "/ajit-XXXXXX";
  if (!mkdtemp(path.data())) return system_error(path);
  return path;
}

/// Reads the source lines of one object's code from its DWARF.
class LineReader {
public:
  explicit LineReader(const llvm::MemoryBuffer& file) {
    auto object = llvm::object::ObjectFile::createELFObjectFile(file.getMemBufferRef());
    if (!object) {
      llvm::consumeError(object.takeError());
      return;
    }
    object_ = std::move(*object);
    // Without debug information there is nothing to read, and reading it costs.
    if (llvm::none_of(object_->sections(), [](const llvm::object::SectionRef& section) {
          return llvm::cantFail(section.getName()) == ".debug_line";
        }))
      return;
    context_ = llvm::DWARFContext::create(*object_, llvm::DWARFContext::ProcessDebugRelocations::Process, nullptr, "",
                                          &llvm::consumeError, &llvm::consumeError);
  }

  /// A record with the source lines of `code`; empty if none are known.
  std::string lines_of(const CodeDescriptor& code) const {
    if (!context_) return {};
    const auto start = reinterpret_cast<uint64_t>(code.start);
    const llvm::DILineInfoSpecifier absolute_paths(llvm::DILineInfoSpecifier::FileLineInfoKind::AbsoluteFilePath);
    const llvm::DILineInfoTable table =
        context_->getLineInfoForAddressRange({start, section_of(start)}, code.size, absolute_paths);
    if (table.empty()) return {};
    LinesRecord record{{RecordKind::debug_info, 0, now()}, start, table.size()};
    std::string bytes(reinterpret_cast<const char*>(&record), sizeof record);
    for (const auto& [address, info] : table) {
      const LineEntry entry{address, info.Line, info.Discriminator};
      bytes.append(reinterpret_cast<const char*>(&entry), sizeof entry);
      bytes.append(info.FileName.c_str(), info.FileName.size() + 1);
    }
    const auto size = static_cast<uint32_t>(bytes.size());
    bytes.replace(offsetof(RecordHeader, size), sizeof size, reinterpret_cast<const char*>(&size), sizeof size);
    return bytes;
  }

private:
  uint64_t section_of(uint64_t address) const {
    for (const llvm::object::SectionRef& section : object_->sections())
      if (section.isText() && address - section.getAddress() < section.getSize()) return section.getIndex();
    return llvm::object::SectionedAddress::UndefSection;
  }

  std::unique_ptr<llvm::object::ObjectFile> object_;
  std::unique_ptr<llvm::DWARFContext> context_;
};

} // namespace

llvm::Expected<std::unique_ptr<JitDump>> JitDump::create() {
  std::unique_ptr<JitDump> dump(new JitDump);
  if (llvm::Error error = dump->open_file()) return error;
  return dump;
}

JitDump::~JitDump() {
  if (marker_) munmap(marker_, marker_size_);
  if (file_ >= 0) close(file_);
}

llvm::Error JitDump::open_file() {
  llvm::Expected<std::string> directory = make_directory();
  if (!directory) return directory.takeError();
  path_ = fmt::format("{}/jit-{}.dump", *directory, getpid());
  file_ = open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file_ < 0) return system_error(path_);
  const FileHeader header{.process = static_cast<uint32_t>(getpid()), .time = now()};
  marker_size_ = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  if (write(file_, &header, sizeof header) == sizeof header) {
    marker_ = mmap(nullptr, marker_size_, PROT_READ | PROT_EXEC, MAP_PRIVATE, file_, 0);
    if (marker_ != MAP_FAILED) return llvm::Error::success();
    marker_ = nullptr;
  }
  llvm::Error error = system_error(path_);
  close(file_);
  file_ = -1;
  return error;
}

void JitDump::write_code(const std::byte* start, std::size_t size, const std::string& name, const std::string& lines) {
  MutexLock lock(mutex_);
  if (file_ < 0) return;
  const auto address = reinterpret_cast<uint64_t>(start);
  const CodeRecord record{
      .header = {RecordKind::code, static_cast<uint32_t>(sizeof(CodeRecord) + name.size() + 1 + size), now()},
      .process = static_cast<uint32_t>(getpid()),
      .thread = static_cast<uint32_t>(syscall(SYS_gettid)),
      .address = address,
      .same_address = address,
      .size = size,
      .index = next_code_++};
  // Written at once: otherwise a full disk could leave half a record.
  const iovec parts[] = {{const_cast<char*>(lines.data()), lines.size()},
                         {const_cast<CodeRecord*>(&record), sizeof record},
                         {const_cast<char*>(name.c_str()), name.size() + 1},
                         {const_cast<std::byte*>(start), size}};
  if (writev(file_, parts, std::size(parts)) == static_cast<ssize_t>(lines.size() + record.header.size)) return;
  log_warning("link", "perf will not know all code: cannot write {}: {}", path_,
              std::generic_category().message(errno));
  close(file_);
  file_ = -1;
}

void JitDump::linked(const LinkedObject& object) {
  const LineReader lines(*object.file);
  for (const CodeDescriptor* code : object.code)
    write_code(code->start, code->size, shown_name(*code), lines.lines_of(*code));
}

void JitDump::assembled(const AssembledCode& code) {
  // One record for all: perf writes a file for each record, and there are thousands of stubs.
  write_code(code.code.start, code.code.size, code.names.size() == 1 ? shown_name(code, 0) : "(stubs)", {});
}

void JitDump::after_fork_in_child() {
  if (file_ < 0) return;
  munmap(marker_, marker_size_);
  close(file_);
  marker_ = nullptr;
  if (llvm::Error error = open_file())
    log_warning("link", "perf will not know the code of a forked child: {}", one_line(std::move(error)));
}

} // namespace ajit
