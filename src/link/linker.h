//===- linker.h - Links objects into the slab ---------------------------------------------------------------------===//
//
// An ORC session with a JITDylib for the program, an ObjectLinkingLayer over the slab's memory manager, and a generator
// that asks the Jit for every name the JITDylib does not know yet: stubs, counters, aliases, host symbols. So a
// module's thousands of functions become ORC symbols only where linked code names them.
//
// Bodies are in a second JITDylib, which is searched last: a program may use the names that ajit gives to bodies, and
// its own symbols then win.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "code_observer.h"
#include "compiled_unit.h"
#include "installed_body.h"
#include "pc_map.h"
#include "thread_local_places.h"

#include <cstdint>
#include <functional>
#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>
#include <memory>
#include <string>
#include <vector>

namespace ajit {

class Slab;

/// Identifies a body of a unit in this process.
struct BodyIdentity {
  FunctionId id = no_function;
  std::string name; ///< to show to the user
};

/// Thread-safe. Links run concurrently on their callers' threads and hold no lock of the session meanwhile.
class Linker {
public:
  /// The address of what generated code may refer to and no object defines; null if there is no such thing. Called from
  /// any linking thread.
  using Resolve = std::function<void*(llvm::StringRef name)>;

  /// Borrows the slab, the map, the observers and the places of thread-local variables; without these, objects can
  /// neither define nor use such variables.
  static llvm::Expected<std::unique_ptr<Linker>> create(Slab& slab, PcMap& map, Resolve resolve,
                                                        CodeObservers observers = {},
                                                        ThreadLocalPlaces* thread_locals = nullptr);
  ~Linker();

  /// Links `unit`, whose bodies are `identities` in their order. Returns one InstalledBody for each, empty where the
  /// body was refused, and after them, for a unit of data, one that stands for its variables.
  ///
  /// On failure nothing of the unit remains visible. Fails with Unresolved if symbols are missing, which it names.
  llvm::Expected<std::vector<InstalledBody>> link(CompiledUnit unit, llvm::ArrayRef<BodyIdentity> identities);

  /// After a jump out of link() on this thread: symbols of that link may stay half linked, so later links define theirs
  /// beside them.
  void abandon_link();

  /// The address of `name`, linked or resolved. Fails if there is no such symbol.
  llvm::Expected<void*> lookup(llvm::StringRef name);

  /// The addresses of `names`, in their order; null where there is no such symbol. Faster than to look for each.
  llvm::Expected<std::vector<void*>> lookup_all(llvm::ArrayRef<std::string> names);

  /// Gives back everything linked at once, which is cheaper than dropping body after body. No thread may still be
  /// running generated code. After this the caller may only drop bodies.
  void end_session();

private:
  struct Session;
  explicit Linker(std::unique_ptr<Session> session);

  std::unique_ptr<Session> session_;
};

} // namespace ajit
