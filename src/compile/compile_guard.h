//===- compile_guard.h - Survives a compile that LLVM gives up on -------------------------------------------------===//
//
// Problem: bitcode may hold what no pass or back-end can compile, and LLVM then ends the process (report_fatal_error)
// or crashes. A background compile is our idea and not the program's, so the program must not die of it; and the
// failure of a first call is to be one line.
//
// Approach: compiles run between sigsetjmp and siglongjmp; the handler of fatal errors jumps, and so does whoever owns
// the handlers of the fault signals, if the faulting thread is inside. This is sound because of what a compile can
// reach:
//
//   - its IR, passes and machine descriptions hang on one CompileContext, lent to this thread alone. It is abandoned:
//     never used, never destroyed. Its memory is the price.
//   - nothing is published until the compile is over: symbols, slots and code are the linker's, which is not in here.
//   - the compile gate, the lease and the profile are the caller's; it goes on and leaves them as after any error.
//   - locks: LLVM's code generation takes none but those inside ManagedStatic, once, and the handler of fatal errors is
//     called after its own lock is released. The allocator's are the exception: a crash inside malloc (a corrupted
//     heap) leaves one locked, and a later compile may wait for it. Without the jump the process would have died then
//     and there.
//   - LLVM's per-thread list of what it is doing, for its own crash reports, is put back.
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

/// Runs `work` on this thread. If LLVM gave up or crashed in it, returns why: then everything that `work` was building
/// is to be abandoned.
std::optional<std::string> run_guarded(llvm::function_ref<void()> work);

/// Whether the calling thread is inside run_guarded(). Async-signal-safe.
bool inside_guarded_work() noexcept;

/// For handlers of faults that the kernel raised: ends the guarded work that the calling thread is inside.
[[noreturn]] void end_guarded_work(int signal) noexcept;

} // namespace ajit
