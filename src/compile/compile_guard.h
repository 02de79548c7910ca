//===- compile_guard.h - Survives a compile that LLVM gives up on -------------------------------------------------===//
//
// Problem: bitcode may hold what no pass or back-end can compile, and LLVM then ends the process (report_fatal_error)
// or crashes. The program did not ask for a background compile, so it must not die of one. The failure of a first call
// should be reported in one line.
//
// Approach: compiles run between sigsetjmp and siglongjmp. The handler of fatal errors jumps. So do the handlers of the
// fault signals, which the embedding program installs, if the faulting thread is inside. This is sound because of what
// a compile can reach:
//
//   - its IR, passes and machine descriptions belong to one CompileContext, lent to this thread alone. The context is
//     abandoned: never used again, never destroyed. Its memory is the price.
//   - nothing is published until the compile is over: symbols, slots and code are the linker's, which runs outside.
//   - the compile gate, the lease and the profile are the caller's, which goes on and releases them as after any error. The thread
//     is put back to the place in the gate that it had before.
//   - locks: LLVM's code generation takes only those inside ManagedStatic, once, and LLVM calls the handler of fatal
//     errors after it has released its own lock. A fault may come anywhere, inside the heap too, so the jump gives back
//     the locks that the thread has taken meanwhile (taken_locks.h). What they protect may be half changed; without the
//     jump the process would have died at the fault. A stack that overflows does so outside of ajit-run's heap
//     (stack_floor.h).
//   - LLVM's per-thread stack of current activities, for its own crash reports, is restored.
//
// Memory that runs out in a compile ends it in the same way: operator new and LLVM's own allocations call a handler
// before they give up. A link should not be abandoned for that, as it changes ORC's session. For it there is a reserve
// of memory, which is given back to malloc when there is no more. A fault in a link does abandon it, and so does the end
// of the reserve. JITLink reads objects and applies relocations without those locks, and the alternative is the end of the process. Symbols of
// the abandoned link stay under way in ORC's session, so later links use another table of symbols (link_guarded.h).
//
// Rejected: CrashRecoveryContext, which takes over the process's signal handlers, the program's included; compiling in
// a child process, a hundred times the cost of a compile.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/ADT/STLFunctionalExtras.h>
#include <optional>
#include <string>

namespace ajit {

/// Runs `work` on this thread. If LLVM gave up or crashed in it, returns why; the caller must then abandon everything
/// that `work` was building.
std::optional<std::string> run_guarded(llvm::function_ref<void()> work);

/// The same for links: memory that runs out comes from the reserve.
std::optional<std::string> run_link_guarded(llvm::function_ref<void()> work);

/// While it lives, memory that runs out does not end the guarded work of its thread, but comes from the reserve: what
/// guarded work does for others must come to its end.
class MemoryReserveScope {
public:
  MemoryReserveScope() noexcept;
  ~MemoryReserveScope();
  MemoryReserveScope(const MemoryReserveScope&) = delete;
  MemoryReserveScope& operator=(const MemoryReserveScope&) = delete;

private:
  const bool before_;
};

/// Whether there is memory left for what follows a compile and cannot be abandoned, as a link. Without it, a compile
/// that the program can do without should not begin.
bool has_memory_reserve() noexcept;

/// For the heap that this library uses, when it has no more memory: gives back the reserve, unless the calling thread is
/// in work that ends for that. True if the heap should try again. LLVM's own allocations try only once.
bool use_memory_reserve() noexcept;

/// Whether the calling thread is inside run_guarded(). Async-signal-safe.
bool inside_guarded_work() noexcept;

/// For handlers of faults that the kernel raised: ends the guarded work of the calling thread, which must be inside it.
[[noreturn]] void end_guarded_work(int signal) noexcept;

} // namespace ajit
