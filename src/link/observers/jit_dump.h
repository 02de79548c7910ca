//===- jit_dump.h - Generated code for perf inject ----------------------------------------------------------------===//
//
// perf's jitdump format is a file named jit-PID.dump with a record for each piece of code, its bytes included. If the
// source lines are known, a record with them comes before it. The process maps the file's first page executable, which
// is how `perf record` learns where the file is. `perf inject --jit` then makes an object file of each record and puts
// it in the profile from the record's time on. The clock is the monotonic one: record with `perf record -k mono`.
//
// LLVM's plugin for the same purpose (PerfSupportPlugin) needs a library of ORC's runtime in the process, leaves eight
// bytes of the file's header uninitialised, knows only the symbols' names, and goes on writing to the parent's file in
// a child.
//
// The file goes to $JITDUMPDIR/.debug/jit/ajit-XXXXXX/, with $HOME in place of an unset variable, as LLVM does it. A
// forked child has a directory and a file of its own. perf takes a child's memory to be its parent's, so the parent's
// earlier records apply to the child too.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "code_observer.h"
#include "thread_annotations.h"

#include <llvm/Support/Error.h>

namespace ajit {

class JitDump final : public CodeObserver {
public:
  /// Fails if the file cannot be made.
  static llvm::Expected<std::unique_ptr<JitDump>> create();
  ~JitDump() override;

  void linked(const LinkedObject& object) override;
  void assembled(const AssembledCode& code) override;
  void after_fork_in_child() override;

private:
  JitDump() = default;
  llvm::Error open_file();
  /// Writes a record for named code; takes the code's bytes from memory.
  void write_code(const std::byte* start, std::size_t size, const std::string& name, const std::string& lines);

  Mutex mutex_; ///< free during a fork: compile_gate.h keeps links and forks apart
  std::string path_;
  int file_ = -1; ///< -1 after a failure, which has been reported
  void* marker_ = nullptr;
  std::size_t marker_size_ = 0;
  uint64_t next_code_ = 1;
};

} // namespace ajit
