//===- options.h - The options of a Jit ---------------------------------------------------------------------------===//
#pragma once

#include "dump_options.h"
#include "tier_options.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace ajit {

/// Whether debuggers are told about generated code, with debug information kept for them.
enum class DebuggerSupport : uint8_t {
  automatic, ///< if the process runs under gdb or lldb when the Jit is created
  off,
  on,
};

/// What is written for perf, which then names generated functions with their tiers.
enum class PerfSupport : uint8_t {
  off,
  map,     ///< /tmp/perf-PID.map: names
  jitdump, ///< jit-PID.dump for `perf inject --jit`: code, and source lines if the bitcode has them
};

struct Options {
  TierOptions tiers;
  DumpOptions dump;
  DebuggerSupport debugger = DebuggerSupport::automatic;
  PerfSupport perf = PerfSupport::off;
  /// An undefined function is reported when it is called, not when its module is added.
  bool lazy_symbols = false;
  /// Processor time that a background compile may take, in milliseconds; 0: it grows with the size of the unit
  /// (compile_budget.h).
  uint64_t compile_budget_ms = 0;
  /// Idle compile threads make first bodies of functions that may soon be called.
  bool compile_ahead = true;
  /// For tests: each compiled unit is written and read back before it is linked.
  bool through_bytes = false;
  /// The modules are the executable of the process: when a shared library calls a function that a module defines, the
  /// call reaches the module (link/host/library_binder.h). Not for programs that embed a Jit: they have an executable.
  bool executable = false;
  /// Address space for code and data, in bytes; at most 2 GiB. Costs nothing until used.
  std::size_t address_space = std::size_t{1} << 30;
};

} // namespace ajit
