//===- code_observer.h - How debuggers and profilers learn of generated code --------------------------------------===//
//
// A debugger or a profiler must learn of each piece of code before it runs: gdb reads object files, perf reads files in
// its own formats. Most runs have no observer, and then the linker keeps and copies nothing for one.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "pc_map.h"

#include <llvm/ADT/ArrayRef.h>
#include <llvm/Support/MemoryBuffer.h>

#include <memory>
#include <string>
#include <vector>

namespace ajit {

/// An object that has been linked.
struct LinkedObject {
  /// The object file, with the addresses of its sections in their headers. Its relocations have not been applied;
  /// applying them gives the addresses in memory.
  std::shared_ptr<const llvm::MemoryBuffer> file;
  std::vector<const CodeDescriptor*> code; ///< in ascending order of addresses
};

/// Code that was assembled by hand: an array of named pieces of 16 bytes, which all have the same frame
/// (frame_record.h).
struct AssembledCode {
  AddressRange code;
  uint8_t depth = 8;
  uint8_t push_end = 16;
  CodeKind kind = CodeKind::stub;
  std::vector<std::string> names; ///< of the pieces, in their order; a stub has its function's name
  /// Of stubs: whether the functions' bodies have debug information.
  bool has_debug_info = false;
};

/// Many threads may call members at once, except after_fork_in_child(). An observer reports its failures itself: once,
/// to the log.
class CodeObserver {
public:
  virtual ~CodeObserver() = default;

  /// `object` has been linked; no thread can call its code before this returns.
  virtual void linked(const LinkedObject& object) = 0;
  virtual void assembled(const AssembledCode& code) = 0;
  /// Called in the only thread of a forked child, which begins with its parent's code.
  virtual void after_fork_in_child() {}
};

/// Borrowed.
using CodeObservers = std::vector<CodeObserver*>;

/// The name to show to people: `fib [O1]`, demangled.
std::string shown_name(const CodeDescriptor& code);
/// The same for a piece: `fib [stub]`.
std::string shown_name(const AssembledCode& code, std::size_t index);

} // namespace ajit
