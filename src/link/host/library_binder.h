//===- library_binder.h - Shared libraries see the program's definitions ------------------------------------------===//
//
// Problem: the dynamic linker searches the executable before any library. So a program that defines `operator new`,
// `malloc` or a callback that a library leaves undefined also gets the library's calls of that name. Here the
// executable is the runner, and the dynamic linker knows nothing of modules: memory from the program's `operator new`
// would be given back to the library's `operator delete`.
//
// Approach: repeat what the dynamic linker did. For each loaded library, the binder finds the symbols that the program
// defines too. The library's undefined symbols are few and come first in its table; its hash table finds those it
// defines. Without a GNU hash table the binder looks at all symbols. If there are any, and only then, it goes through
// the library's relocations and fills the slots of those symbols with the program's addresses. It makes slots that are
// read-only since start-up (RELRO) writable for that moment.
//
// The C library's own calls of malloc and related functions need more care, as the runtime lives in the same process.
// What the runtime allocates inside the C library during a compile must not come from the program's allocator, which
// may be the very code being compiled. The slots of these functions lead to functions that tell the two cases apart.
//
// Left alone: the runner itself, the dynamic linker (it bound its malloc long ago), libgcc_s (emulated thread-local
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

/// Binds the libraries that are loaded now. `names` are the program's exported symbols. `address` returns the address
/// of one of them, and is called only for names that a library has as well. `in_runtime` says whether the calling
/// thread is working for the runtime, and may be called at any time from then on. Libraries loaded later need another
/// call. One thread at a time may call this.
void bind_libraries(const llvm::StringSet<>& names, llvm::function_ref<void*(const char* name)> address,
                    bool (*in_runtime)());

/// A symbol that the lazily opened library of `handle` leaves undefined, and that neither `names`, its own libraries
/// nor the process define. Empty if there is no such symbol.
std::string unresolved_symbol(void* handle, const llvm::StringSet<>& names);

} // namespace ajit
