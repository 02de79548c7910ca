//===- library_binder.h - Shared libraries see the program's definitions ------------------------------------------===//
//
// Problem: to shared libraries the executable comes first. A program that defines `operator new`, `malloc` or a
// callback that a library leaves open gets the library's calls of that name as well, because the dynamic linker
// searches the executable before anything else. Here the executable is the runner, and the dynamic linker knows nothing
// of modules: memory from the program's `operator new` would be given back to the library's `operator delete`.
//
// Approach: do again what the dynamic linker did. Of each loaded library, the symbols that the program defines too are
// found (those it leaves open are few and come first in its table; of its own, its hash table tells; without a table of
// GNU's kind all symbols are looked at); only if there are any are its relocations gone through, and the slots of those
// symbols filled with the program's addresses. Slots that are read-only since start-up (RELRO) are writable for that
// moment.
//
// The C library's own calls of malloc and its kin need more care, as the runtime lives in the same process: what it
// allocates inside the C library while it compiles must not run the program's allocator, which may be what is being
// compiled. Their slots lead to functions that tell the two apart.
//
// Left alone: the runner itself, the dynamic linker (it took its malloc long ago), libgcc_s (emulated thread-local
// variables allocate there, also for an allocator that has such variables).
//
// Rejected: a library generated at start-up and preloaded (it takes a second exec); LD_AUDIT (the same, and slower
// calls); writing to the code of the library's functions (they may be called before, and are shared by inlining).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/StringSet.h>
#include <string>

namespace ajit {

/// Binds the libraries that are loaded now. `names` are the program's exported symbols, and `address` gives where one
/// is; it is asked for those alone that a library has as well. `in_runtime` says whether the calling thread is working
/// for the runtime, and may be asked at any time from then on. Libraries loaded later need another call; calls are to
/// be made by one thread at a time.
void bind_libraries(const llvm::StringSet<>& names, llvm::function_ref<void*(const char* name)> address,
                    bool (*in_runtime)());

/// A symbol that the library of `handle`, opened lazily, leaves open and neither `names`, its own libraries nor the
/// process has. Empty if there is none.
std::string unresolved_symbol(void* handle, const llvm::StringSet<>& names);

} // namespace ajit
