//===- gdb_registration.h - Generated code under gdb --------------------------------------------------------------===//
//
// gdb learns of generated code through its JIT interface. The process keeps a list of object files in memory, and calls
// __jit_debug_register_code, where gdb has a breakpoint, after each change. gdb then reads symbols, line tables and
// unwind information from the object and checks whether breakpoints that the user set belong there. LLVM's library has
// the list and adds to it under its lock, so all users of LLVM's JIT in the process share it.
//
// LLVM's library cannot take an object off the list. A Jit that ends must do so, or gdb would go on putting breakpoints
// into code that is gone. This class therefore does it, without LLVM's lock; a foreign JIT that registers code at the
// same moment would race with it.
//
// Each object costs gdb several system calls and a look at every breakpoint, some milliseconds in all. So objects are
// registered only if the user asks for it or a debugger is there from the start.
//
// gdb needs objects for all code that frames can be in or that users may name. That includes the stubs. The object that
// describes them has one symbol for each and calls its section `.plt`: gdb then knows that a single step into it is on
// its way to somewhere else.
//
// The executable must export the interface's two symbols; otherwise stripping it would hide them from gdb.
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

/// The destructor takes its objects off the list. All other members are thread-safe.
class GdbRegistration final : public CodeObserver {
public:
  ~GdbRegistration() override;

  void linked(const LinkedObject& object) override;
  void assembled(const AssembledCode& code) override;

private:
  void add(std::shared_ptr<const llvm::MemoryBuffer> file);

  std::atomic_flag reported_;
  Mutex mutex_; ///< free during a fork: compile_gate.h keeps links and forks apart
  std::vector<std::shared_ptr<const llvm::MemoryBuffer>> files_ AJIT_GUARDED_BY(mutex_);
};

/// An object file that says where `code` is, what its pieces are called, and how to unwind through it.
std::shared_ptr<const llvm::MemoryBuffer> describe(const AssembledCode& code);

} // namespace ajit
