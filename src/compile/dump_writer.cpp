#include "dump_writer.h"
#include "error.h"
#include "log.h"
#include "unit_compiler.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/IR/Module.h>
#include <llvm/Support/FileSystem.h>
#include <llvm/Support/Path.h>
#include <llvm/Support/Regex.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Transforms/Utils/Cloning.h>

using namespace llvm;

namespace ajit {
namespace {

/// A function's name as a folder name: what a file system or a shell would stumble over becomes '_'.
std::string folder_name(StringRef function) {
  std::string name = function.take_front(200).str();
  for (char& c : name)
    if (!isAlnum(c) && !StringRef("_.$-").contains(c)) c = '_';
  return name.empty() || name[0] == '.' ? "_" + name : name;
}

std::string path_in(const DumpOptions& options, StringRef function, const Twine& file) {
  SmallString<256> path(options.directory);
  sys::path::append(path, folder_name(function));
  sys::fs::create_directories(path);
  sys::path::append(path, file);
  return path.str().str();
}

template <typename Write> void write_file(const std::string& path, Write write) {
  std::error_code problem;
  raw_fd_ostream stream(path, problem);
  if (!problem) {
    write(stream);
    stream.close();
    problem = stream.error();
    stream.clear_error();
  }
  if (problem) log_warning("dump", "cannot write {}: {}", path, problem.message());
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
  write_file(path_in(options_, body.function, file + ".ll"), [&](raw_ostream& stream) { code->print(stream); });
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
  write_file(path_in(options_, body.function, file + ".s"), [&](raw_ostream& stream) { stream << *text; });
}

void DumpWriter::add_size(const DumpedBody& body, uint32_t bytes) {
  MutexLock lock(mutex_);
  auto known = figures_.find(body);
  if (known != figures_.end()) known->second.bytes = bytes;
}

void DumpWriter::finish() {
  MutexLock lock(mutex_);
  write_file(options_.directory + "/index.tsv", [&](raw_ostream& stream) AJIT_NO_ANALYSIS {
    stream << "function\ttier\tinstructions\tloads\tstores\tcalls\tblocks\tbytes\tfolder\n";
    for (const auto& [body, figures] : figures_)
      stream << fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", body.function, variant(body),
                            figures.code.instructions, figures.code.loads, figures.code.stores, figures.code.calls,
                            figures.code.blocks, figures.bytes, folder_name(body.function));
  });
  write_file(options_.directory + "/changes.txt", [&](raw_ostream& stream) AJIT_NO_ANALYSIS {
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
