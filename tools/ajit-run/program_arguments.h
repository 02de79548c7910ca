//===- program_arguments.h - What the C library believes the command line to be -----------------------------------===//
//
// The command line of the process is ajit-run's, but what looks at it on the program's behalf must see the program's:
// messages of error(), err() and assert() begin with its name, and the dynamic linker gives constructors of the shared
// libraries that it opens (argc, argv, envp). Rust's standard library has std::env::args from there and nowhere else.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

namespace ajit {

/// A command line as main has it: `values[count]` is null.
struct CommandLine {
  int count;
  char** values;
};

/// Replaces `process`, which main was given, by `program`, whose strings and array live until the process ends. To be
/// called on the main thread before any shared library is opened. Where the C library's copy is not found (one that is
/// not glibc), constructors of shared libraries go on seeing the runner's.
void set_program_arguments(const CommandLine& process, const CommandLine& program);

} // namespace ajit
