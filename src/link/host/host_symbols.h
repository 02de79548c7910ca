//===- host_symbols.h - What the program finds outside its own modules --------------------------------------------===//
//
// Most symbols come from the process and the libraries it has loaded, as the dynamic linker would have found them. Some
// exist only in what a static linker puts into every executable: atexit and its kin (libc_nonshared.a), the processor's
// description for __builtin_cpu_supports (libgcc.a), __dso_handle and __ehdr_start (the linker itself).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "thread_annotations.h"

#include <functional>
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
  /// life. With `may_wait`, a library that needs a symbol which is not defined yet waits for load_waiting(): the
  /// program may define it.
  llvm::Error load_library(const std::string& path, bool may_wait = false);

  /// Whether a library waits for the program's symbols.
  bool has_waiting() const;

  /// Loads the libraries that wait. Their constructors run, and may call the program.
  llvm::Error load_waiting();

  /// Loads the libraries that wait before the program's symbols are known, as the program's own data needs theirs. They
  /// may leave functions open, but no variables, and check_complete() verifies that the program has these functions.
  llvm::Error load_waiting_incomplete();

  /// Fails if a loaded library needs a function that is defined neither in the process nor among `names`, the program's
  /// symbols.
  llvm::Error check_complete(const llvm::StringSet<>& names);

  /// Defines or replaces `name`.
  void define(llvm::StringRef name, void* address);

  /// Gives `name` the address that `address` returns when it is looked up, if nothing else defines it.
  void provide(llvm::StringRef name, std::function<void*()> address);

  /// The address of `name`; null if it is undefined. A name that has been found once takes no lock of the C library.
  void* lookup(llvm::StringRef name) const;

  /// Looks `name` up before the program runs, so that a first call finds the answer here. A signal handler makes first
  /// calls while its thread is inside malloc, where the dynamic linker's report of a missing symbol would wait for
  /// ever. A symbol that is missing stays so until another library is loaded through load_library().
  void settle(llvm::StringRef name);

  /// The index of the thread-local variable `name`; nothing if no library defines it.
  std::optional<TlsIndex> find_thread_local(llvm::StringRef name) const;

private:
  void set_loading(std::string path) AJIT_EXCLUDES(mutex_);
  /// The libraries that wait, which do so no longer.
  std::vector<std::string> take_waiting() AJIT_EXCLUDES(mutex_);
  void keep(void* library) AJIT_EXCLUDES(mutex_);
  /// Asks the dynamic linker. Holds no lock: another thread that is inside dlopen may need a symbol from here.
  void* search(llvm::StringRef name) const AJIT_EXCLUDES(mutex_);
  std::vector<void*> libraries() const AJIT_EXCLUDES(mutex_);
  std::string loading() const AJIT_EXCLUDES(mutex_);
  std::function<void*()> provided(llvm::StringRef name) const AJIT_EXCLUDES(mutex_);

  mutable Mutex mutex_;
  llvm::StringMap<void*> own_ AJIT_GUARDED_BY(mutex_);
  llvm::StringMap<std::function<void*()>> provided_ AJIT_GUARDED_BY(mutex_);
  mutable llvm::StringMap<void*> known_ AJIT_GUARDED_BY(mutex_); ///< answers of the dynamic linker; null: missing
  std::vector<void*> libraries_ AJIT_GUARDED_BY(mutex_);         ///< handles of dlopen
  std::vector<void*> incomplete_ AJIT_GUARDED_BY(mutex_);        ///< those among them that the program must complete
  std::vector<std::string> waiting_ AJIT_GUARDED_BY(mutex_);     ///< paths of libraries that are not loaded yet
  std::string loading_ AJIT_GUARDED_BY(mutex_); ///< path of the one among them whose constructors run; else empty
};

} // namespace ajit
