//===- module_loader.h - Adds modules to a running program --------------------------------------------------------===//
//
//   bitcode ─▶ read ─▶ check names ─▶ ids and stubs ─▶ names are known ─▶ data linked ─▶ … ─▶ constructors run
//
// A refused module leaves nothing behind: the loader gives its ids back where it can, and discards the context that
// read it, which would keep its types and constants.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "code_observer.h"
#include "data_linker.h"
#include "executable_image.h"
#include "exit_handlers.h"

#include <memory>
#include <string>
#include <vector>

namespace ajit {

/// Borrows its arguments. Thread-safe.
class ModuleLoader {
public:
  struct Parts {
    const Options& options;
    HostSymbols& host;
    Program& program;
    CompilePool& pool;
    CompileGate& gate;
    StubTable& stubs;
    ThreadLocals& thread_locals;
    Linker& linker;
    TierManager& tiers;
    DataLinker& data;
    ExecutableImage& image;
    ExitHandlers& exit_handlers;
    CodeObservers observers;
  };

  explicit ModuleLoader(Parts parts) : parts_(std::move(parts)) {}

  llvm::Error add(std::unique_ptr<ModuleSource> source) AJIT_EXCLUDES(mutex_);

  /// Runs the constructors of modules added since the last call, and registers their destructors. Constructors get the
  /// arguments of main, as glibc passes them.
  llvm::Error run_constructors(int argc, char** argv, char** environment) AJIT_EXCLUDES(mutex_);

  /// The address of a function's stub or of a variable; of a thread-local variable, that of the calling thread's
  /// instance. Fails if there is no such symbol.
  llvm::Expected<void*> lookup(const std::string& name);

  /// The type of the function `name` as LLVM IR writes it. Fails if there is no such function.
  llvm::Expected<std::string> signature(const std::string& name);

private:
  using Function = void (*)();

  /// Reads and checks the module of `source`, and gives it its ordinal. The program does not know the module yet.
  llvm::Expected<LoadedModule> read(std::unique_ptr<ModuleSource> source);
  /// Takes the names of `module` from a copy of it in `context`, and checks them. Returns the definitions that it must
  /// yield to earlier modules; if there are any, it has checked nothing.
  llvm::Expected<llvm::StringSet<>> read_names(LoadedModule& module, CompilePool::Lease& context);
  /// The names that `module` needs and nothing defines so far.
  std::vector<std::string> undefined_names(const LoadedModule& module) const;
  /// Fails if `module` uses what nothing defines. Loads libraries that wait if the module's data needs them; if any go
  /// on waiting, check_waiting() looks at the module again.
  llvm::Error check_undefined(const LoadedModule& module, llvm::Module& copy);
  /// Loads the libraries that wait for the program, and checks the modules that were added meanwhile.
  llvm::Error load_waiting_libraries();
  /// Asks the dynamic linker for what first calls will need of it.
  void settle_symbols(const LoadedModule& module) const;
  /// Tells the observers about the stubs of `module`'s functions.
  void show_stubs(const LoadedModule& module);
  /// The functions that `initialisers` name; `kind` is for the message.
  llvm::Expected<std::vector<Function>> functions_of(const std::vector<Initialiser>& initialisers,
                                                     std::string_view kind) const;

  const Parts parts_;
  Mutex mutex_;                                      ///< one module is added at a time
  unsigned initialised_ AJIT_GUARDED_BY(mutex_) = 0; ///< modules whose constructors have run
};

} // namespace ajit
