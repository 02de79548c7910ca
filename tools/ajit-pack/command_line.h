//===- command_line.h - What ajit-pack was asked to do -----------------------------------------------------------===//
#pragma once

#include "program_objects.h"

#include <optional>
#include <string>
#include <vector>

namespace ajit {

struct Request {
  enum class Action { pack, list, verify, will_it_load };
  Action action = Action::pack;
  std::vector<std::string> files; ///< modules, or the image, or objects
  std::string output;             ///< the image to write; "" for none
  std::string objects;            ///< directory to leave the single files in; "" for none
  PackOptions options;
  bool quiet = false;
};

/// Returns nothing if the tool should exit at once (after --help or an error); `status` is then its exit status.
std::optional<Request> parse_command_line(int count, char** arguments, int& status);

} // namespace ajit
