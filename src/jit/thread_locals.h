//===- thread_locals.h - The thread-local variables that generated code names -------------------------------------===//
//
// Each thread has its own instance of the variables of a module. The dynamic linker knows how to make them, also for
// threads that run already, and frees them last of all when a thread ends. So the variables of a module become those of
// a shared object (link/host/shared_object.h), whose symbols other libraries find as well.
//
// A small block gets a place at a fixed distance from the thread pointer, where code reaches it as an executable does:
// one instruction. The dynamic linker keeps little room for that. ajit takes no more than what the dynamic linker would
// give away for speed alone, and leaves the rest to libraries that depend on it.
//
// All other accesses are calls (tls_access.h), whose two symbols depend on what defines the variable:
//
//     a module, a shared library   __tls_get_addr({module, offset})
//     nothing so far (weak)        a lookup by name at each access
//
// The first answer about a variable stands, so that code linked later sees the same variable.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "host_symbols.h"
#include "thread_annotations.h"
#include "thread_local_library.h"
#include "thread_local_places.h"
#include "tls_access.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringMap.h>
#include <vector>

namespace ajit {

class Program;
class Slab;

/// Borrows its arguments.
class ThreadLocals final : public ThreadLocalPlaces {
public:
  /// With `visible`, libraries that are loaded later find the variables.
  ThreadLocals(Slab& slab, const HostSymbols& host, const Program& program, bool visible)
      : slab_(slab), host_(host), program_(program), visible_(visible) {}
  /// No thread uses the variables any more, unless they are visible.
  ~ThreadLocals() override;

  llvm::Error define(const ThreadLocalBlock& block) override AJIT_EXCLUDES(mutex_);
  std::optional<ThreadLocalPlace> find(llvm::StringRef variable) override AJIT_EXCLUDES(mutex_);

  /// What `symbol` of a call stands for; null if there is no memory for the answer.
  void* resolve(const ThreadLocalSymbol& symbol) AJIT_EXCLUDES(mutex_);

  /// Whether a module defines `variable`.
  bool defines(llvm::StringRef variable) const AJIT_EXCLUDES(mutex_);

  /// The calling thread's instance of `variable`; null if no module defines it.
  void* in_this_thread(llvm::StringRef variable) const AJIT_EXCLUDES(mutex_);

  /// Whether all of `variables` that modules define have a fixed distance from the thread pointer.
  bool are_at_fixed_distance(llvm::ArrayRef<std::string> variables) const AJIT_EXCLUDES(mutex_);

private:
  /// A variable of a module.
  struct Own {
    TlsIndex* index = nullptr; ///< in the slab, as code may name it before the variable is defined
    const TlsIndex* block = nullptr;
    std::optional<int64_t> distance;
    bool defined = false;
  };
  struct Access {
    void* accessor;
    void* argument;
  };

  struct Library {
    LoadedThreadLocals loaded;
    int64_t fixed_room; ///< bytes that it takes of the room at fixed distances
  };

  llvm::Expected<Library> load(const ThreadLocalBlock& block) const;
  Access access(llvm::StringRef variable) AJIT_EXCLUDES(mutex_);
  Access look_for(llvm::StringRef variable) AJIT_EXCLUDES(mutex_);
  /// The index of a module's variable, for which there may be no memory.
  TlsIndex* index_of_own(llvm::StringRef variable) AJIT_REQUIRES(mutex_);
  /// Keeps `size` bytes where generated code can address them.
  void* keep(const void* data, std::size_t size, std::size_t alignment) const;

  Slab& slab_;
  const HostSymbols& host_;
  const Program& program_;
  const bool visible_;

  mutable Mutex mutex_;
  llvm::StringMap<Own> own_ AJIT_GUARDED_BY(mutex_);
  llvm::StringMap<Access> known_ AJIT_GUARDED_BY(mutex_);
  std::vector<Library> libraries_ AJIT_GUARDED_BY(mutex_);
};

} // namespace ajit
