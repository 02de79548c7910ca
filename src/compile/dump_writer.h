//===- dump_writer.h - Writes what each tier made of each function ------------------------------------------------===//
//
// DIR/<function>/O0.ll … O3.ll hold the IR after the tier's pipeline, O0.s … O3.s the machine code of the same unit as
// assembly. O3-loop2.ll is the IR of the continuation of loop 2. At the end finish() writes DIR/index.tsv, with one
// line of figures per body or continuation, and DIR/changes.txt, which says what changed between the tiers of bodies.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "code_figures.h"
#include "dump_options.h"
#include "thread_annotations.h"
#include "tier.h"

#include <llvm/Support/Error.h>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>

namespace llvm {
class Module;
class Regex;
} // namespace llvm

namespace ajit {

class UnitCompiler;

/// Identifies one of a function's bodies or continuations.
struct DumpedBody {
  std::string function;
  Tier tier = Tier::O0;
  std::optional<uint32_t> loop; ///< of a continuation

  bool operator<(const DumpedBody& other) const {
    return std::tie(function, loop, tier) < std::tie(other.function, other.loop, other.tier);
  }
};

/// Thread-safe.
class DumpWriter {
public:
  /// Creates the directory. Fails if it cannot be written, or if the filter is not a valid regular expression.
  static llvm::Expected<std::unique_ptr<DumpWriter>> create(const DumpOptions& options);
  ~DumpWriter();

  bool wants(const std::string& function) const;

  /// Writes the IR and, if asked for, the assembly of `body`, whose symbol in `unit` is `symbol`. `unit` is optimised
  /// but has not been through the code generator. Problems are logged: a full disk does not stop the program.
  void write_body(llvm::Module& unit, const std::string& symbol, const DumpedBody& body, UnitCompiler& compiler);

  /// Records the size of a body that write_body() has seen.
  void add_size(const DumpedBody& body, uint32_t bytes) AJIT_EXCLUDES(mutex_);

  /// Writes the index and what changed between tiers.
  void finish() AJIT_EXCLUDES(mutex_);

private:
  struct Figures {
    CodeFigures code;
    uint32_t bytes = 0;
  };

  DumpWriter(const DumpOptions& options, std::unique_ptr<llvm::Regex> filter);

  const DumpOptions options_;
  const std::unique_ptr<llvm::Regex> filter_;
  Mutex mutex_;
  std::map<DumpedBody, Figures> figures_ AJIT_GUARDED_BY(mutex_);
};

} // namespace ajit
