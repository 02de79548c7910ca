//===- linker.h - Links objects into the slab ---------------------------------------------------------------------===//
//
// An ORC session with a JITDylib for the program, an ObjectLinkingLayer over the slab's memory manager, and a generator
// that asks the Jit for every name the JITDylib does not know yet: stubs, aliases, host symbols. So a module's
// thousands of functions become ORC symbols only where linked code names them.
//
// Bodies are in a second JITDylib that is searched last: their names are ours, and a program may use the same ones for
// itself.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "code_observer.h"
#include "pc_map.h"

#include <cstdint>
#include <functional>
#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>
#include <memory>
#include <string>
#include <vector>

namespace llvm {
class MemoryBuffer;
}

namespace ajit {

class Slab;

/// A symbol that an object defines and the caller wants the address of.
struct LinkSymbol {
  std::string name;
  CodeLabel label;
  std::string shown{}; ///< its name for people; empty: `name`
};

/// What a name that no object defines stands for.
struct Definition {
  Definition(void* place) : address(place) {} // NOLINT(google-explicit-constructor)
  /// The same as `symbol`, which an object defines.
  static Definition another_name_of(std::string symbol) {
    Definition definition(nullptr);
    definition.same_as = std::move(symbol);
    return definition;
  }

  void* address; ///< null if there is nothing of that name, or `same_as` is set
  std::string same_as;
};

/// Who may refer to what an object defines.
enum class ObjectKind : uint8_t {
  data,   ///< every other object
  bodies, ///< nobody, if the program has a symbol of that name
};

/// Thread-safe; links run concurrently on their callers' threads and hold none of the session's locks while they do.
class Linker {
public:
  /// Finds what generated code may refer to. Called from any linking thread.
  using Resolve = std::function<Definition(llvm::StringRef name)>;

  /// Borrows the slab, the map and the observers.
  static llvm::Expected<std::unique_ptr<Linker>> create(Slab& slab, PcMap& map, Resolve resolve,
                                                        CodeObservers observers = {});
  ~Linker();

  /// Links `object`; returns the addresses of `symbols`, in their order. On failure nothing of the object remains
  /// visible, and the error says what was missing or wrong.
  llvm::Expected<std::vector<void*>> link(ObjectKind kind, std::unique_ptr<llvm::MemoryBuffer> object,
                                          llvm::ArrayRef<LinkSymbol> symbols);

  /// The address of `name`, linked or resolved. Fails if there is no such symbol.
  llvm::Expected<void*> lookup(llvm::StringRef name);

private:
  struct Session;
  explicit Linker(std::unique_ptr<Session> session);

  std::unique_ptr<Session> session_;
};

} // namespace ajit
