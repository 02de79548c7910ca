#include "dump_writer.h"
#include "error.h"
#include "log.h"
#include "unit_compiler.h"

#include <cerrno>
#include <fcntl.h>
#include <llvm/ADT/StringExtras.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Regex.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Transforms/Utils/Cloning.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;

namespace ajit {
namespace {

/// A function's name as a folder name: characters that a file system or a shell treats specially become '_'.
std::string folder_name(StringRef function) {
  std::string name = function.take_front(200).str();
  for (char& c : name)
    if (!isAlnum(c) && !StringRef("_.$-").contains(c)) c = '_';
  return name.empty() || name[0] == '.' ? "_" + name : name;
}

constexpr int for_writing = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
constexpr mode_t file_mode = 0666, folder_mode = 0777;

/// A descriptor of the file `folder`/`file` below `directory`, or of `file` in it if `folder` is empty; -1 with errno.
/// No symbolic link is followed below `directory`: its other users may not choose what is overwritten.
int open_below(const std::string& directory, const std::string& folder, const std::string& file) {
  const int top = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (top < 0 || folder.empty()) {
    const int opened = top < 0 ? -1 : openat(top, file.c_str(), for_writing, file_mode);
    if (top >= 0) close(top);
    return opened;
  }
  mkdirat(top, folder.c_str(), folder_mode); // fails if it exists
  const int below = openat(top, folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  close(top);
  if (below < 0) return -1;
  const int opened = openat(below, file.c_str(), for_writing, file_mode);
  close(below);
  return opened;
}

template <typename Write>
void write_file(const DumpOptions& options, const std::string& folder, const std::string& file, Write write) {
  const int descriptor = open_below(options.directory, folder, file);
  std::error_code problem = descriptor < 0 ? std::error_code(errno, std::generic_category()) : std::error_code();
  if (!problem) {
    raw_fd_ostream stream(descriptor, /*shouldClose=*/true);
    write(stream);
    stream.close();
    problem = stream.error();
    stream.clear_error();
  }
  if (!problem) return;
  log_warning("dump", "cannot write {}/{}{}{}: {}", options.directory, folder, folder.empty() ? "" : "/", file,
              problem.message());
}

/// "O3", or "O3-loop2" of a continuation.
std::string variant(const DumpedBody& body) {
  return body.loop ? fmt::format("{}-loop{}", tier_name(body.tier), *body.loop) : std::string(tier_name(body.tier));
}

std::string change(uint32_t before, uint32_t after) { return fmt::format("{:>6} -> {:<6}", before, after); }

} // namespace

DumpWriter::DumpWriter(const DumpOptions& options, std::unique_ptr<Regex> filter)
    : options_(options), filter_(std::move(filter)) {}

DumpWriter::~DumpWriter() = default;

Expected<std::unique_ptr<DumpWriter>> DumpWriter::create(const DumpOptions& options) {
  std::unique_ptr<Regex> filter;
  if (!options.filter.empty()) {
    filter = std::make_unique<Regex>(options.filter);
    std::string why;
    if (!filter->isValid(why)) return make_error("invalid dump filter: {}: {}", options.filter, why);
  }
  std::error_code problem = sys::fs::create_directories(options.directory);
  if (!problem && !sys::fs::is_directory(options.directory)) problem = std::make_error_code(std::errc::not_a_directory);
  if (!problem) problem = sys::fs::access(options.directory, sys::fs::AccessMode::Write);
  if (problem) return make_error("cannot write dumps: {}: {}", options.directory, problem.message());
  return std::unique_ptr<DumpWriter>(new DumpWriter(options, std::move(filter)));
}

bool DumpWriter::wants(const std::string& function) const { return !filter_ || filter_->match(function); }

void DumpWriter::write_body(Module& unit, const std::string& symbol, const DumpedBody& body, UnitCompiler& compiler) {
  const Function* code = unit.getFunction(symbol);
  if (!code || !wants(body.function)) return;
  const std::string file = variant(body);
  write_file(options_, folder_name(body.function), file + ".ll", [&](raw_ostream& stream) { code->print(stream); });
  {
    MutexLock lock(mutex_);
    figures_[body].code = count_figures(*code);
  }
  if (!options_.assembly) return;
  // The code generator changes the IR it works on.
  std::unique_ptr<Module> copy = CloneModule(unit);
  Expected<std::string> text = compiler.assembly(*copy, body.tier);
  if (!text) {
    log_warning("dump", "no assembly of {}: {}", body.function, one_line(text.takeError()));
    return;
  }
  write_file(options_, folder_name(body.function), file + ".s", [&](raw_ostream& stream) { stream << *text; });
}

void DumpWriter::add_size(const DumpedBody& body, uint32_t bytes) {
  MutexLock lock(mutex_);
  auto known = figures_.find(body);
  if (known != figures_.end()) known->second.bytes = bytes;
}

void DumpWriter::finish() {
  MutexLock lock(mutex_);
  write_file(options_, "", "index.tsv", [&](raw_ostream& stream) AJIT_NO_ANALYSIS {
    stream << "function\ttier\tinstructions\tloads\tstores\tcalls\tblocks\tbytes\tfolder\n";
    for (const auto& [body, figures] : figures_)
      stream << fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", body.function, variant(body),
                            figures.code.instructions, figures.code.loads, figures.code.stores, figures.code.calls,
                            figures.code.blocks, figures.bytes, folder_name(body.function));
  });
  write_file(options_, "", "changes.txt", [&](raw_ostream& stream) AJIT_NO_ANALYSIS {
    stream << fmt::format("{:<32} {:<8} {:<16} {:<16} {:<16} {:<16} {:<16} {:<16}\n", "function", "tiers",
                          "instructions", "loads", "stores", "calls", "blocks", "bytes");
    // Bodies of one function are neighbours, by tier, before its continuations.
    for (auto at = figures_.begin(); at != figures_.end(); ++at) {
      auto next = std::next(at);
      if (next == figures_.end() || next->first.loop || next->first.function != at->first.function) continue;
      const Figures &a = at->second, &b = next->second;
      stream << fmt::format("{:<32} {}->{}   {} {} {} {} {} {}\n", at->first.function, tier_name(at->first.tier),
                            tier_name(next->first.tier), change(a.code.instructions, b.code.instructions),
                            change(a.code.loads, b.code.loads), change(a.code.stores, b.code.stores),
                            change(a.code.calls, b.code.calls), change(a.code.blocks, b.code.blocks),
                            change(a.bytes, b.bytes));
    }
  });
}

} // namespace ajit
