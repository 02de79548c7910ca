//===- perf_map.h - Names of generated code for perf report -------------------------------------------------------===//
//
// perf looks up the names of code in anonymous memory in /tmp/perf-PID.map, a text file of lines "start size name". It
// reads the file when it shows the profile, not when it records it, and takes the last of overlapping lines. Code is
// never unmapped here, so no two pieces overlap.
//
// A forked child has a file of its own, which begins as a copy of its parent's.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "code_observer.h"
#include "thread_annotations.h"

#include <llvm/Support/Error.h>

namespace ajit {

class PerfMap final : public CodeObserver {
public:
  /// Fails if the file cannot be made.
  static llvm::Expected<std::unique_ptr<PerfMap>> create();
  ~PerfMap() override;

  void linked(const LinkedObject& object) override;
  void assembled(const AssembledCode& code) override;
  void after_fork_in_child() override;

private:
  PerfMap() = default;
  llvm::Error open_file();
  void write_lines(const std::string& lines);

  Mutex mutex_; ///< free during a fork: compile_gate.h keeps links and forks apart
  std::string path_;
  int file_ = -1;        ///< -1 after a failure, which has been reported
  std::size_t size_ = 0; ///< bytes written
};

} // namespace ajit
