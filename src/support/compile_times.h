//===- compile_times.h - The time of a compile, by phase ----------------------------------------------------------===//
#pragma once

namespace ajit {

/// In milliseconds of wall time on the compiling thread.
struct CompileTimes {
  double build_ms = 0;    ///< reading bodies, canonical form, unit
  double pipeline_ms = 0; ///< passes
  double codegen_ms = 0;

  bool operator==(const CompileTimes&) const = default;
};

} // namespace ajit
