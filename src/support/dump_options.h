//===- dump_options.h - What to write about each compiled body ----------------------------------------------------===//
#pragma once

#include <string>

namespace ajit {

struct DumpOptions {
  std::string directory; ///< empty: nothing is written
  bool assembly = false; ///< machine code as well as IR
  std::string filter;    ///< regular expression on function names; empty: all
};

} // namespace ajit
