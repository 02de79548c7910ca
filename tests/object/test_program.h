// Programs for the tests of object/, as textual IR for the kernel's target.
#pragma once

#include "module_source.h"
#include "program_objects.h"

#include <memory>
#include <string>

namespace ajit::test {

/// `ir` with the target's triple and data layout before it, as a module.
std::unique_ptr<ModuleSource> module_of(const std::string& ir);

/// Compiles a program that must compile.
ProgramObjects compiled(const std::string& ir);

/// The error of compiling one that must not.
std::string compile_error(const std::string& ir);

/// The file of that name, which must exist.
const std::vector<uint8_t>& file_of(const ProgramObjects& program, const std::string& name);

/// The manifest's line that begins with `start`, or "".
std::string manifest_line(const ProgramObjects& program, const std::string& start);

} // namespace ajit::test
