//===- thread_local_library.h - A shared object's block of thread-local variables ---------------------------------===//
#pragma once

#include "shared_object.h"

#include <cstdint>
#include <llvm/Support/Error.h>
#include <optional>

namespace ajit {

/// A loaded object with thread-local variables.
struct LoadedThreadLocals {
  void* handle;                    ///< of dlopen
  unsigned long module;            ///< its number for __tls_get_addr
  std::optional<int64_t> distance; ///< of its block from the thread pointer, if it is fixed
};

/// Loads `object`, which has thread-local variables, with `flags` of `dlopen`. Threads that run and those that start
/// later get their own instances.
llvm::Expected<LoadedThreadLocals> load_thread_locals(const SharedObject& object, int flags);

} // namespace ajit
