//===- forks.h - Engines around a fork ----------------------------------------------------------------------------===//
//
// A fork closes the compile gate (compile_gate.h), so that the child inherits no lock that a thread of the parent
// holds. It does not wait for the passes of compiles under way. After the fork the parent's engines go on, and the
// child's start anew with the child's one thread.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <sys/types.h>

namespace ajit {

/// From now on forks close the compile gate.
void watch_forks();

/// The _Fork that programs get. The C library's runs no fork handlers, so this one calls those of the engines.
pid_t program_plain_fork();

} // namespace ajit
