//===- command_line.h - What ajit-run was asked to do -------------------------------------------------------------===//
#pragma once

#include "options.h"

#include <optional>
#include <string>
#include <vector>

namespace ajit {

enum class StatsFormat { none, table, json };

struct Request {
  Options options;
  std::vector<std::string> modules; ///< the program first
  std::vector<std::string> libraries;
  std::vector<std::string> arguments; ///< of the program, its name first
  std::string entry = "main";
  StatsFormat stats = StatsFormat::none;
  bool time_report = false;
};

/// Reads the command line. Returns nothing if ajit-run should exit at once, with `status`.
std::optional<Request> parse_command_line(int argc, char** argv, int& status);

} // namespace ajit
