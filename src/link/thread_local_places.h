//===- thread_local_places.h - What the linker asks about thread-local variables ----------------------------------===//
#pragma once

#include <cstdint>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>
#include <optional>
#include <string>
#include <vector>

namespace ajit {

/// The block of thread-local variables of one object.
struct ThreadLocalBlock {
  struct Variable {
    std::string name;
    uint64_t offset; ///< in bytes, from the start of the block
    uint64_t size;
  };
  std::vector<Variable> variables;
  std::vector<char> values; ///< initial values of the first bytes; the others are zero
  uint64_t size = 0;
  uint64_t alignment = 1;
};

/// Where threads find a variable.
struct ThreadLocalPlace {
  const void* index;               ///< argument of __tls_get_addr for the variable
  const void* block;               ///< argument of __tls_get_addr for the start of its block
  uint64_t offset;                 ///< in its block
  std::optional<int64_t> distance; ///< from the thread pointer, if it is the same in all threads
};

/// Thread-safe.
class ThreadLocalPlaces {
public:
  virtual ~ThreadLocalPlaces() = default;

  /// Gives every thread its own instance of `block`, whose values are final.
  virtual llvm::Error define(const ThreadLocalBlock& block) = 0;

  /// Where `variable` is; nothing if no object defines it.
  virtual std::optional<ThreadLocalPlace> find(llvm::StringRef variable) = 0;
};

} // namespace ajit
