//===- shared_object.h - ELF shared objects made in memory --------------------------------------------------------===//
//
// Some things only the dynamic linker can do: give a name to a place for all libraries that are loaded later, make a
// thread-local variable part of every thread, make stacks executable. It does them when it loads a shared object that
// asks for it. So ajit writes such an object to memory (memfd) and opens it.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <cstdint>
#include <llvm/Support/Error.h>
#include <string>
#include <vector>

namespace ajit {

/// A shared object for x86-64 without code.
struct SharedObject {
  struct Symbol {
    std::string name;
    uint64_t value; ///< an address, or the offset in the block of thread-local variables
    uint64_t size = 0;
    bool is_thread_local = false;
  };
  std::vector<Symbol> symbols;

  /// The initial values of a thread's variables. The block has `thread_local_size` bytes; those that follow the given
  /// ones are zero.
  std::vector<char> thread_local_values;
  uint64_t thread_local_size = 0;
  uint64_t thread_local_alignment = 1;
  /// The block lies at the same distance from each thread's pointer. The dynamic linker refuses the object if it has no
  /// room left there.
  bool at_fixed_distance = false;

  bool needs_executable_stacks = false;
};

/// The file, and the offset in it of the 64-bit word that holds the distance of the thread-local block from the thread
/// pointer when the object is loaded; 0 if the object asks for no fixed distance.
struct SharedObjectFile {
  std::vector<char> bytes;
  uint64_t distance_at = 0;
};

SharedObjectFile write_shared_object(const SharedObject& object);

/// Opens `file` with `dlopen` and its `flags`; returns the handle. `what` is for the message.
llvm::Expected<void*> open_shared_object(const std::vector<char>& file, int flags, const char* what);

/// Makes the stacks of all threads executable, also of threads that start later, as the dynamic linker does for an
/// executable that asks for it.
llvm::Error make_stacks_executable();

} // namespace ajit
