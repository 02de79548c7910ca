//===- exit_registration.h - atexit and its kin, for modules that may be gone before the process ends -------------===//
//
// A shared library has its own copies of these functions (from libc_nonshared.a). They register under the library's
// handle, so that dlclose finds what the library registered. An embedded Jit is like a library: the functions here
// register under the handle of the Jit that holds the registered function's code.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

namespace ajit {

class HostSymbols;

/// Defines atexit, at_quick_exit and pthread_atfork for a Jit that is not the executable.
void define_exit_registration(HostSymbols& host);

} // namespace ajit
