//===- executable_image.h - The modules of a Jit as an object of the process --------------------------------------===//
//
// Programs and libraries ask the dynamic linker about the objects of the process. It does not know the modules of a
// Jit, so the answers about them come from here: symbols (dlsym), the symbol at an address (dladdr), segments
// (dl_iterate_phdr), and definitions that the references of shared libraries bind to.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "compile_gate.h"
#include "host_symbols.h"
#include "linker.h"
#include "options.h"
#include "pc_map.h"
#include "program.h"
#include "slab.h"
#include "stub_table.h"
#include "symbol_library.h"
#include "thread_locals.h"

#include <array>
#include <atomic>
#include <dlfcn.h>
#include <link.h>
#include <llvm/ADT/StringSet.h>

namespace ajit {

/// One per Jit. Thread-safe.
class ExecutableImage {
public:
  struct Parts {
    const Options& options;
    const Slab& slab;
    const PcMap& map;
    const HostSymbols& host;
    const Program& program;
    const StubTable& stubs;
    const ThreadLocals& thread_locals;
    CompileGate& gate;
    Linker& linker;
  };

  explicit ExecutableImage(const Parts& parts) : parts_(parts) {}

  /// Sets argv[0] of the program, which dladdr reports as the file of its functions.
  void set_path(const char* path) { path_.store(path, std::memory_order_release); }

  /// The address of `name` if a module defines it for other objects to see; else null. Of a thread-local variable, that
  /// of the calling thread's instance.
  void* exported(llvm::StringRef name) const;

  /// The names of functions and variables that other objects may see. Thread-local variables are those of a library,
  /// where other objects find them.
  llvm::StringSet<> exported_names() const;

  /// Answers dladdr for an address in the Jit's memory; false if `address` is elsewhere.
  bool describe(const void* address, Dl_info& info) const;

  /// The Jit's memory as the segments of an executable that is loaded at its link address.
  std::vector<ElfW(Phdr)> segments() const;

  /// Binds the references of all loaded libraries to what the modules define, if the modules are the executable.
  void bind_to_libraries();

  /// Lets libraries that are loaded from now on find the definitions of the modules while they load, before their
  /// constructors run. A failure is logged; what then loads a library learns what is missing. O(names) once for each
  /// set of modules.
  void show_to_libraries() AJIT_EXCLUDES(shown_mutex_);

private:
  /// The function that the code at `address` belongs to, or null.
  const FunctionRecord* function_at(const void* address, FunctionId& id) const;

  /// The exported names with their addresses. Faster than to ask for each.
  std::vector<AddressedSymbol> exported_symbols() const;

  const Parts parts_;
  std::atomic<const char*> path_{nullptr};           ///< null before the program's constructors run
  Mutex shown_mutex_;                                ///< one thread at a time shows names
  unsigned shown_ AJIT_GUARDED_BY(shown_mutex_) = 0; ///< modules whose names new libraries find
};

/// The dlsym that programs get. It treats the modules of the Jits as the executable: their symbols come first in a
/// search of the whole process or of the executable, and RTLD_NEXT searches the objects after it.
void* program_dlsym(void* handle, const char* name);

/// The dlvsym that programs get. The definitions of modules have no versions, so it finds symbols of libraries only.
void* program_dlvsym(void* handle, const char* name, const char* version);

/// The dlopen of programs whose modules are the executable: what it loads sees their definitions.
void* program_dlopen(const char* path, int mode);

/// A function of the dynamic linker, and the one that stands in for it in programs whose modules are the executable.
struct ObjectQuery {
  const char* name;
  void* answer;
};

/// `dladdr`: the file of the modules' code and data is the program's, argv[0]. Functions have the names that dlsym
/// finds, as in a program that was linked with -rdynamic. An address in a body belongs to its function, whose address
/// is its stub's. Variables have no names.
///
/// `dl_iterate_phdr`: the modules come first and without a name, as an executable does. Garbage collectors find their
/// roots in these segments.
extern const std::array<ObjectQuery, 2> object_queries;

/// What the libraries that such programs use get: the same answers, and a `dlopen` that shows the modules' definitions
/// to what it loads. The C library sees that library as the caller, whose search path applies.
extern const std::array<ObjectQuery, 3> object_queries_of_libraries;

} // namespace ajit
