//===- program_objects.h - A program as the files of an image ----------------------------------------------------===//
#pragma once

#include "object_compiler.h"

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace ajit {

class ModuleSource;

/// A file of the image, its name in 8.3 form.
struct ImageFile {
  std::string name;
  std::vector<uint8_t> bytes;
};

struct PackOptions {
  std::array<uint32_t, 3> thresholds{100, 1000, 10000}; ///< calls that end tier O0, O1, O2
  bool allow_undefined = false;                         ///< leaves undefined symbols for the loader to refuse
};

struct ProgramObjects {
  std::vector<ImageFile> files;     ///< the manifest first, then the state file, data and functions
  std::vector<std::string> remarks; ///< functions that do not change tier, and why
  uint32_t functions = 0;
};

/// Compiles everything in `source` at every tier. Fails at the first function that cannot be compiled. Also fails if
/// neither the program nor the kernel defines some symbols; the error then names all of them.
llvm::Expected<ProgramObjects> compile_program(std::shared_ptr<const ModuleSource> source, const PackOptions& options);

} // namespace ajit
