//===- program_arguments.h - What the C library believes the command line to be -----------------------------------===//
//
// The command line of the process is ajit-run's, but libraries that read it for the program must see the program's.
// Messages of error(), err() and assert() begin with the program's name. The dynamic linker passes (argc, argv, envp)
// to constructors of the shared libraries that it opens, and Rust's standard library has std::env::args from there
// alone.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

namespace ajit {

/// A command line as main has it: `values[count]` is null.
struct CommandLine {
  int count;
  char** values;
};

/// Replaces `process`, which main was given, by `program`, whose strings and array must live until the process ends. To
/// be called on the main thread before any shared library is opened. Where the C library's copy is not found (another
/// library than glibc), constructors of shared libraries still see the runner's.
void set_program_arguments(const CommandLine& process, const CommandLine& program);

} // namespace ajit
