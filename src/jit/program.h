//===- program.h - The modules of a Jit and the names in them -----------------------------------------------------===//
//
// Names become FunctionIds here, once, when a module is added; from then on the directory of that module does not
// change. A function's record holds facts that more than one part of the engine needs. The records are one zeroed array
// that is only address space until touched. So they never move, and finding one takes no lock.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "module_index.h"
#include "thread_annotations.h"
#include "tier.h"

#include <atomic>
#include <cstdlib>
#include <llvm/ADT/StringMap.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/ADT/StringSet.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ajit {

class ModuleSource;

/// Where a function is on the way to its first body.
enum class FirstBody : uint32_t {
  none,      ///< no thread is making it
  compiling, ///< one thread is making it; others wait on the field
  ready,
};

/// What a function's stub stands for.
enum class FunctionKind : uint8_t {
  function,  ///< a body in a module
  ifunc,     ///< an address that a resolver function returns
  undefined, ///< no definition: a call reports this as an error
};

/// Facts about one function. All zero before its module is added. Each field says when it is written.
struct FunctionRecord {
  std::atomic<void*> body;                    ///< in force; null before the first. Published with release.
  std::atomic<FirstBody> first;               ///< see FirstBody; waited on
  std::atomic<uint8_t> prepared;              ///< the tier manager knows the function
  std::atomic<int32_t> samples_left;          ///< calls of a last-tier body that the runtime has yet to time
  std::atomic<bool> timeable;                 ///< see FunctionTraits; set before the body is published
  FunctionKind kind;                          ///< fixed when the module is added
  uint32_t module;                            ///< ordinal; fixed
  std::atomic<uint32_t> stack_argument_bytes; ///< see FunctionTraits; set before the body is published
  std::atomic<uint32_t> instructions;         ///< of its canonical body; set before the body is published
  std::atomic<void* const*> labels; ///< its label addresses for other functions, or null; set before publication
  const std::string* symbol;        ///< fixed
  const std::string* name;          ///< to show to the user; fixed
  const std::string* resolver;      ///< of an ifunc; fixed
};

/// A module that has been added.
struct LoadedModule {
  std::shared_ptr<const ModuleSource> source;
  ModuleIndex index;
  unsigned ordinal = 0;
  bool has_debug_info = false;
  FunctionId first{}; ///< ids of index.functions, then of index.ifuncs, in their order
};

/// Whether the module of `index` defines `name`: a function, a variable or an alias. O(names).
bool defines(const ModuleIndex& index, llvm::StringRef name);

/// Thread-safe: a thread may add a module while others look up names and run code.
class Program {
public:
  Program();

  FunctionRecord& record(FunctionId id) const { return records_[index_of(id)]; }
  LoadedModule& module(unsigned ordinal) const AJIT_EXCLUDES(mutex_);
  uint32_t function_count() const { return next_id_.load(std::memory_order_acquire); }
  unsigned module_count() const AJIT_EXCLUDES(mutex_);

  /// The definitions of `module` that yield to those of earlier modules. As for a dynamic linker, the first one counts
  /// if either is weak. Others, which check() refuses, are not among them.
  llvm::StringSet<> yielding(const LoadedModule& module) const AJIT_EXCLUDES(mutex_);
  /// Fails if a name of `module` is defined already or there are too many functions; `name` is the module's.
  llvm::Error check(const LoadedModule& module, const std::string& name) const AJIT_EXCLUDES(mutex_);
  /// Gives every function of `module`, which has been checked, an id. Nothing is visible to lookups until commit().
  LoadedModule& add(LoadedModule module) AJIT_EXCLUDES(mutex_);
  /// Makes the names of `module` known.
  void commit(const LoadedModule& module) AJIT_EXCLUDES(mutex_);
  /// Undoes commit(), for a module that cannot be used.
  void retract(const LoadedModule& module) AJIT_EXCLUDES(mutex_);
  /// Frees what is kept of `module`, whose names are unknown now. Its ordinal stays taken, and so do its ids unless
  /// they are the latest and have never been used.
  void remove(LoadedModule& module) AJIT_EXCLUDES(mutex_);

  /// A function without a definition, whose calls fail when they are made. Empty if there is no room for it.
  std::optional<FunctionId> add_undefined(llvm::StringRef name) AJIT_EXCLUDES(mutex_);

  std::optional<FunctionId> find(llvm::StringRef symbol) const AJIT_EXCLUDES(mutex_);

  /// Whether any module added so far defines `symbol`: a function, a variable or an alias.
  bool defines(llvm::StringRef symbol) const AJIT_EXCLUDES(mutex_);

  /// Whether `symbol` is a thread-local variable of a module that gives way to a shared library's definition, if any.
  bool is_shared_thread_local(llvm::StringRef symbol) const AJIT_EXCLUDES(mutex_);

  /// Whether `symbol` is defined for other modules only, and not for libraries.
  bool is_hidden(llvm::StringRef symbol) const AJIT_EXCLUDES(mutex_);

  /// Whether `symbol` may be reported when it is called instead of when its module is added.
  bool is_deferred(llvm::StringRef symbol) const AJIT_EXCLUDES(mutex_);
  void defer(llvm::StringRef symbol) AJIT_EXCLUDES(mutex_);

  /// A second name for data.
  void define_alias(llvm::StringRef name, void* address) AJIT_EXCLUDES(mutex_);
  void* find_alias(llvm::StringRef name) const AJIT_EXCLUDES(mutex_);

private:
  struct Free {
    void operator()(FunctionRecord* records) const { std::free(records); }
  };

  bool has_room(uint32_t count) const AJIT_REQUIRES(mutex_);
  bool is_defined(llvm::StringRef symbol) const AJIT_REQUIRES(mutex_);
  /// Requires has_room(count).
  FunctionId take_ids(uint32_t count) AJIT_REQUIRES(mutex_);

  const std::unique_ptr<FunctionRecord[], Free> records_;
  std::atomic<uint32_t> next_id_{0};

  mutable Mutex mutex_;
  std::vector<std::unique_ptr<LoadedModule>> modules_ AJIT_GUARDED_BY(mutex_);
  llvm::StringMap<FunctionId> functions_ AJIT_GUARDED_BY(mutex_);
  llvm::StringMap<void*> aliases_ AJIT_GUARDED_BY(mutex_);
  llvm::StringSet<> weak_ AJIT_GUARDED_BY(mutex_); ///< of functions_, data_ and aliases_
  llvm::StringSet<> data_ AJIT_GUARDED_BY(mutex_);
  llvm::StringSet<> shared_thread_locals_ AJIT_GUARDED_BY(mutex_); ///< of data_
  llvm::StringSet<> hidden_ AJIT_GUARDED_BY(mutex_);
  llvm::StringSet<> deferred_ AJIT_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<std::string>> undefined_names_ AJIT_GUARDED_BY(mutex_);
};

} // namespace ajit
