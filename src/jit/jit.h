//===- jit.h - libajit: runs LLVM bitcode, adaptively -------------------------------------------------------------===//
//
//     auto jit = ajit::Jit::create({});
//     if (!jit) …jit.error()…
//     if (auto added = (*jit)->add_module("query.bc"); !added) …
//     auto sum = (*jit)->lookup<long(const long*, long)>("sum");
//     if (sum) total = (*sum)(data, count);
//
// A function pointer from lookup() stays valid, and stays the same, while the code behind it goes up through the tiers.
// It may be called from any thread. Nothing may run in generated code any more when the Jit is destroyed.
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

  /// Adds bitcode or textual IR from a file ("-" is standard input). Its data is made now, its functions when they are
  /// called. Names it does not define must be defined by modules added before, by the process, or by its libraries.
  Result<void> add_module(const std::string& path);
  /// Adds several as one, as a static linker would: COMDATs and weak definitions are merged.
  Result<void> add_modules(const std::vector<std::string>& paths);
  /// Adds bitcode or textual IR from memory; `name` is for messages.
  Result<void> add_module(std::string_view bytes, const std::string& name);

  /// Makes the symbols of a shared library visible to modules added later.
  Result<void> load_library(const std::string& path);
  /// Makes `name` known to modules added later as something of the embedding program's.
  void define_symbol(const std::string& name, void* address);

  /// Runs the static constructors of all modules added since the last call, in their order; `argv` ends with null.
  /// Their destructors run in exit(). lookup() does not do this by itself.
  Result<void> run_constructors(int argc = 0, char** argv = nullptr);

  /// The address of a function or variable.
  Result<void*> lookup_address(const std::string& name);

  /// `lookup<int(int)>("f")`: nothing checks that the signature is the function's.
  template <typename Signature> Result<Signature*> lookup(const std::string& name) {
    static_assert(std::is_function_v<Signature>, "give the signature, as in lookup<int(int)>(\"f\")");
    Result<void*> address = lookup_address(name);
    if (!address) return Failure{address.error()};
    return reinterpret_cast<Signature*>(*address);
  }

  /// The function's type in the words of LLVM's IR: "i32 (i32, ptr)".
  Result<std::string> signature(const std::string& name);

  Stats stats() const;

  /// Completes the dump directory's index.
  void finish_dumps();
  /// Ends background compiles for good; what is called for the first time is still compiled.
  void stop();

private:
  explicit Jit(std::unique_ptr<Engine> engine);

  std::unique_ptr<Engine> engine_;
};

/// For handlers of SIGSEGV and other faults, if the kernel raised the signal (`si_code > 0`). If the calling thread is
/// in the midst of a compile, the compile ends as failed and this does not return. The handler stays the caller's to
/// restore.
bool in_compile() noexcept;
[[noreturn]] void abandon_compile(int signal) noexcept;

/// Writes the calling thread's backtrace to `fd`, generated functions with their tiers. For signal handlers.
void write_backtrace(int fd);

} // namespace ajit
