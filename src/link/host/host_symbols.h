//===- host_symbols.h - What the program finds outside its own modules --------------------------------------------===//
//
// Most symbols come from the process and the libraries it has loaded, as the dynamic linker would have found them. Some
// exist only in what a static linker puts into every executable: atexit and its kin (libc_nonshared.a), the processor's
// description for __builtin_cpu_supports (libgcc.a), __dso_handle and __ehdr_start (the linker itself).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "thread_annotations.h"

#include <llvm/ADT/StringMap.h>
#include <llvm/ADT/StringSet.h>
#include <llvm/Support/Error.h>
#include <optional>
#include <string>
#include <vector>

namespace ajit {

/// Registers `function` among the program's exit handlers; false if the C library refuses.
bool run_at_exit(void (*function)());

/// The argument of `__tls_get_addr` (x86-64 psABI): the same variable in every thread.
struct TlsIndex {
  unsigned long module;
  unsigned long offset; ///< in bytes, from the start of the module's block
};

/// Thread-safe.
class HostSymbols {
public:
  HostSymbols();

  /// Makes the shared library at `path` and its dependencies visible to lookups. It stays loaded for the process's
  /// life. With `may_complete`, the library may need functions that are not defined yet: the program may define them,
  /// and check_complete() verifies that it has.
  llvm::Error load_library(const std::string& path, bool may_complete = false);

  /// Fails if a loaded library needs a function that is defined neither in the process nor among `names`, the program's
  /// symbols.
  llvm::Error check_complete(const llvm::StringSet<>& names);

  /// Defines or replaces `name`.
  void define(llvm::StringRef name, void* address);

  /// The address of `name`; null if it is undefined. A name that has been found once takes no lock of the C library.
  void* lookup(llvm::StringRef name) const;

  /// Looks `name` up before the program runs, so that a first call finds the answer here. A signal handler makes first
  /// calls while its thread is inside malloc, where the dynamic linker's report of a missing symbol would wait for
  /// ever. A symbol that is missing stays so until another library is loaded through load_library().
  void settle(llvm::StringRef name);

  /// The index of the thread-local variable `name`; nothing if no library defines it.
  std::optional<TlsIndex> find_thread_local(llvm::StringRef name) const;

private:
  /// Asks the dynamic linker. Holds no lock: another thread that is inside dlopen may need a symbol from here.
  void* search(llvm::StringRef name) const AJIT_EXCLUDES(mutex_);
  std::vector<void*> libraries() const AJIT_EXCLUDES(mutex_);

  mutable Mutex mutex_;
  llvm::StringMap<void*> own_ AJIT_GUARDED_BY(mutex_);
  mutable llvm::StringMap<void*> known_ AJIT_GUARDED_BY(mutex_); ///< answers of the dynamic linker; null: missing
  std::vector<void*> libraries_ AJIT_GUARDED_BY(mutex_);         ///< handles of dlopen
  std::vector<void*> incomplete_ AJIT_GUARDED_BY(mutex_);        ///< those among them that the program must complete
};

} // namespace ajit
