//===- jit.h - libajit: runs LLVM bitcode, adaptively -------------------------------------------------------------===//
//
//     auto jit = ajit::Jit::create({});
//     if (!jit) …jit.error()…
//     if (auto added = (*jit)->add_module("query.bc"); !added) …
//     auto sum = (*jit)->lookup<long(const long*, long)>("sum");
//     if (sum) total = (*sum)(data, count);
//
// A function pointer from lookup() stays valid, and stays the same, while the code behind it goes up through the tiers.
// Any thread may call it. When the Jit is destroyed, no thread may be running generated code.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "options.h"
#include "result.h"
#include "stats.h"

#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

namespace ajit {

class Engine;

/// All members are safe to call from many threads at once.
class Jit {
public:
  static Result<std::unique_ptr<Jit>> create(const Options& options = {});
  ~Jit();
  Jit(const Jit&) = delete;
  Jit& operator=(const Jit&) = delete;

  /// Adds bitcode or textual IR from a file ("-" is standard input). Compiles its data now and its functions when they
  /// are called. Names it does not define must be defined by modules added before, by the process, or by its libraries.
  Result<void> add_module(const std::string& path);
  /// Adds several files as one module, as a static linker would: COMDATs and weak definitions are merged.
  Result<void> add_modules(const std::vector<std::string>& paths);
  /// Adds bitcode or textual IR from memory; `name` is for messages.
  Result<void> add_module(std::string_view bytes, const std::string& name);

  /// Makes the symbols of a shared library visible to modules added later.
  Result<void> load_library(const std::string& path);
  /// Makes `name` visible to modules added later, as a symbol of the embedding program.
  void define_symbol(const std::string& name, void* address);

  /// Runs the static constructors of all modules added since the last call, in their order; `argv` ends with null.
  /// Their destructors run when the Jit is destroyed, or in exit() if that comes first. lookup() runs no constructors.
  Result<void> run_constructors(int argc = 0, char** argv = nullptr);

  /// The address of a function or variable.
  Result<void*> lookup_address(const std::string& name);

  /// `lookup<int(int)>("f")`: the caller must give the function's own signature, which is not checked.
  template <typename Signature> Result<Signature*> lookup(const std::string& name) {
    static_assert(std::is_function_v<Signature>, "give the signature, as in lookup<int(int)>(\"f\")");
    Result<void*> address = lookup_address(name);
    if (!address) return Failure{address.error()};
    return reinterpret_cast<Signature*>(*address);
  }

  /// The function's type as LLVM IR writes it: "i32 (i32, ptr)".
  Result<std::string> signature(const std::string& name);

  Stats stats() const;

  /// Completes the dump directory's index.
  void finish_dumps();
  /// Ends background compiles for good. A function that is called for the first time is still compiled.
  void stop();

private:
  explicit Jit(std::unique_ptr<Engine> engine);

  std::unique_ptr<Engine> engine_;
};

/// For handlers of SIGSEGV and other faults, if the kernel raised the signal (`si_code > 0`). in_compile() says whether
/// the calling thread is inside a compile. If it is, abandon_compile() makes that compile fail and does not return.
/// Restoring the signal handler is the caller's task.
bool in_compile() noexcept;
[[noreturn]] void abandon_compile(int signal) noexcept;

/// For a heap that only ajit uses, before it returns null: true if ajit has given memory back to it.
bool more_memory() noexcept;

/// Writes the calling thread's backtrace to `fd` and shows generated functions with their tiers. For signal handlers.
void write_backtrace(int fd);

} // namespace ajit
