//===- thread_locals.h - Finds the thread-local variables that generated code names -------------------------------===//
//
// Resolves the two symbols of each access (tls_access.h). They depend on what defines the variable:
//
//     a module                 __emutls_get_address(its control block)
//     a shared library         __tls_get_addr({module, offset})
//     nothing so far (weak)    a lookup by name at each access
//
// The first answer about a variable stands, so that code linked later sees the same variable.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "linker.h"
#include "thread_annotations.h"
#include "tls_access.h"

#include <llvm/ADT/StringMap.h>

namespace ajit {

class HostSymbols;
class Program;

/// Borrows its arguments. Thread-safe.
class ThreadLocals {
public:
  ThreadLocals(Slab& slab, const HostSymbols& host, const Program& program)
      : slab_(slab), host_(host), program_(program) {}

  /// What `symbol` stands for; a null address if there is no memory for the answer.
  Definition define(const ThreadLocalSymbol& symbol) AJIT_EXCLUDES(mutex_);

private:
  struct Access {
    void* accessor;
    Definition argument;
  };

  Access find(llvm::StringRef variable) AJIT_EXCLUDES(mutex_);
  Access look_for(llvm::StringRef variable) const;
  /// Keeps `size` bytes where generated code can address them.
  void* keep(const void* data, std::size_t size, std::size_t alignment) const;

  Slab& slab_;
  const HostSymbols& host_;
  const Program& program_;

  Mutex mutex_;
  llvm::StringMap<Access> known_ AJIT_GUARDED_BY(mutex_);
};

} // namespace ajit
