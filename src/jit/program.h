//===- program.h - The modules of a Jit and who is who in them ----------------------------------------------------===//
//
// Names become FunctionIds here, once, when a module is added; from then on the directory of that module does not
// change. A function's record is its place for facts that more than one part of the engine needs; records are in one
// zeroed array that is address space until touched, so they never move and need no lock to be found.
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
  none,      ///< never called
  compiling, ///< one thread makes it; others wait on the field
  ready,
};

/// What kind of thing answers to a function's stub.
enum class FunctionKind : uint8_t {
  function,  ///< a body in a module
  ifunc,     ///< an address that a resolver function returns
  undefined, ///< nothing: calling it is an error, reported then
};

/// Facts about one function. All zero is the state before its module is added. Written as said at each field.
struct FunctionRecord {
  std::atomic<void*> body;           ///< in force; null before the first. Release by whoever publishes.
  std::atomic<FirstBody> first;      ///< see FirstBody; waited on
  std::atomic<uint8_t> prepared;     ///< the tier manager knows the function
  std::atomic<int32_t> samples_left; ///< calls of a body of the last tier that are still to be led here and timed
  std::atomic<bool> timeable;        ///< see FunctionTraits; set before the body is published
  FunctionKind kind;                 ///< fixed when the module is added
  uint32_t module;                   ///< ordinal; fixed
  std::atomic<uint32_t> stack_argument_bytes; ///< see FunctionTraits; set before the body is published
  std::atomic<void* const*> labels; ///< addresses of its labels, for others; set before the body is published, or null
  const std::string* symbol;        ///< fixed
  const std::string* name;          ///< for people; fixed
  const std::string* resolver;      ///< of an ifunc; fixed
};

/// A module that has been added.
struct LoadedModule {
  std::unique_ptr<ModuleSource> source;
  ModuleIndex index;
  unsigned ordinal = 0;
  bool has_debug_info = false;
  FunctionId first{}; ///< ids of index.functions, then of index.ifuncs, in their order
};

/// Thread-safe: modules may be added while others are looked up in and run.
class Program {
public:
  explicit Program(uint32_t max_functions);

  FunctionRecord& record(FunctionId id) const { return records_[index_of(id)]; }
  LoadedModule& module(unsigned ordinal) const AJIT_EXCLUDES(mutex_);
  uint32_t function_count() const { return next_id_.load(std::memory_order_acquire); }
  unsigned module_count() const AJIT_EXCLUDES(mutex_);

  /// Fails if a name of `module` is defined already or there are too many functions; `name` is the module's.
  llvm::Error check(const LoadedModule& module, const std::string& name) const AJIT_EXCLUDES(mutex_);
  /// Gives every function of `module`, which has been checked, an id. Nothing is visible to lookups until commit().
  LoadedModule& add(LoadedModule module) AJIT_EXCLUDES(mutex_);
  /// Makes the names of `module` known.
  void commit(const LoadedModule& module) AJIT_EXCLUDES(mutex_);
  /// Makes them unknown again: the module could not be used. Its ids are lost.
  void retract(const LoadedModule& module) AJIT_EXCLUDES(mutex_);

  /// A function that nobody defines, for calls that are to fail when made. Nothing if there is no room for it.
  std::optional<FunctionId> add_undefined(llvm::StringRef name) AJIT_EXCLUDES(mutex_);

  std::optional<FunctionId> find(llvm::StringRef symbol) const AJIT_EXCLUDES(mutex_);

  /// Whether any module added so far defines `symbol`, as whatever.
  bool defines(llvm::StringRef symbol) const AJIT_EXCLUDES(mutex_);

  /// Whether `symbol` is a thread-local variable of a module that is a shared library's if one has it.
  bool is_shared_thread_local(llvm::StringRef symbol) const AJIT_EXCLUDES(mutex_);

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
  /// There must be room.
  FunctionId take_ids(uint32_t count) AJIT_REQUIRES(mutex_);

  const uint32_t max_functions_;
  const std::unique_ptr<FunctionRecord[], Free> records_;
  std::atomic<uint32_t> next_id_{0};

  mutable Mutex mutex_;
  std::vector<std::unique_ptr<LoadedModule>> modules_ AJIT_GUARDED_BY(mutex_);
  llvm::StringMap<FunctionId> functions_ AJIT_GUARDED_BY(mutex_);
  llvm::StringMap<void*> aliases_ AJIT_GUARDED_BY(mutex_);
  llvm::StringSet<> data_ AJIT_GUARDED_BY(mutex_);
  llvm::StringSet<> shared_thread_locals_ AJIT_GUARDED_BY(mutex_); ///< of data_
  llvm::StringSet<> deferred_ AJIT_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<std::string>> undefined_names_ AJIT_GUARDED_BY(mutex_);
};

} // namespace ajit
