//===- code_observer.h - Who else is to know of generated code ----------------------------------------------------===//
//
// A debugger or a profiler has to be told of each piece of code before it runs: gdb reads object files, perf files of
// its own. Most runs have no observer, and then nothing is kept or copied for one.
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
  /// The object file, with the addresses of its sections in their headers. Relocations are not applied in it; they
  /// give the addresses in memory if they are.
  std::shared_ptr<const llvm::MemoryBuffer> file;
  std::vector<const CodeDescriptor*> code; ///< in ascending order of addresses
};

/// Code that was assembled by hand: an array of pieces of 16 bytes that have names, and all the same frame
/// (frame_record.h).
struct AssembledCode {
  AddressRange code;
  uint8_t depth = 8;
  uint8_t push_end = 16;
  CodeKind kind = CodeKind::stub;
  std::vector<std::string> names; ///< of the pieces, in their order; of stubs, those of their functions
  /// Of stubs: the functions' bodies have debug information.
  bool has_debug_info = false;
};

/// Members may be called from many threads at once, but for after_fork_in_child(), and report their failures
/// themselves: once, to the log.
class CodeObserver {
public:
  virtual ~CodeObserver() = default;

  /// `object` is linked, and nobody can call its code before this returns.
  virtual void linked(const LinkedObject& object) = 0;
  virtual void assembled(const AssembledCode& code) = 0;
  /// In the only thread of a forked child, whose code so far is its parent's.
  virtual void after_fork_in_child() {}
};

/// Borrowed.
using CodeObservers = std::vector<CodeObserver*>;

/// The name for people: `fib [O1]`, demangled.
std::string shown_name(const CodeDescriptor& code);
/// The same of a piece: `fib [stub]`.
std::string shown_name(const AssembledCode& code, std::size_t index);

} // namespace ajit
