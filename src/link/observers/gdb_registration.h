//===- gdb_registration.h - Generated code under gdb --------------------------------------------------------------===//
//
// gdb learns of generated code by its JIT interface: the process keeps a list of object files in memory, and calls
// __jit_debug_register_code, in which gdb has a breakpoint, after each change. gdb then reads symbols, line tables and
// unwind information from the object and looks whether breakpoints that the user set belong there. LLVM's library
// has the list and adds to it under its lock, so that it is shared with whatever else in the process uses LLVM's JIT.
// It has nothing to take an object off the list with, and a Jit that ends must, or gdb would go on putting breakpoints
// into code that is gone; that is done here, and a foreign JIT that registers code in the same moment would be in the
// way.
//
// An object costs gdb several system calls and looks at every breakpoint, some milliseconds in all; so it is only done
// if somebody asks for it or a debugger is there from the start.
//
// gdb needs objects for all code that frames can be in or that users may name. That includes the stubs: the object that
// describes them has one symbol for each, and calls its section `.plt`, by which gdb knows that a single step into it
// is on its way to somewhere else.
//
// The executable must export the interface's two symbols, or a stripped one would hide them from gdb:
// AJIT_LINK_MEMORY_LINK_OPTIONS has the linker's options.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "code_observer.h"
#include "thread_annotations.h"

#include <atomic>

namespace ajit {

/// Whether the process runs under gdb or lldb. (strace and others trace as well, but do not read code.)
bool debugger_is_attached();

/// Takes its objects off the list at its end. Thread-safe, but for that.
class GdbRegistration final : public CodeObserver {
public:
  ~GdbRegistration() override;

  void linked(const LinkedObject& object) override;
  void assembled(const AssembledCode& code) override;

private:
  void add(std::shared_ptr<const llvm::MemoryBuffer> file);

  std::atomic_flag reported_;
  Mutex mutex_; ///< not held by anybody at a fork: links and forks are kept apart (compile_gate.h)
  std::vector<std::shared_ptr<const llvm::MemoryBuffer>> files_ AJIT_GUARDED_BY(mutex_);
};

/// An object file that says where `code` is, what its pieces are called, and how to unwind through it.
std::shared_ptr<const llvm::MemoryBuffer> describe(const AssembledCode& code);

} // namespace ajit
