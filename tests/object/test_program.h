// Programs for the tests of object/, as textual IR for the kernel's target.
#pragma once

#include "module_source.h"
#include "program_objects.h"

#include <memory>
#include <string>

namespace ajit::test {

/// The module of `ir`, preceded by the target's triple and data layout.
std::unique_ptr<ModuleSource> module_of(const std::string& ir);

/// Compiles a valid program; an error fails the test.
ProgramObjects compiled(const std::string& ir);

/// The error of compiling an invalid program.
std::string compile_error(const std::string& ir);

/// The file of that name, which must exist.
const std::vector<uint8_t>& file_of(const ProgramObjects& program, const std::string& name);

/// The manifest's line that begins with `start`, or "".
std::string manifest_line(const ProgramObjects& program, const std::string& start);

} // namespace ajit::test
