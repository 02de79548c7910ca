//===- exit_handlers.h - What the modules of a Jit have registered for the end ------------------------------------===//
//
// Two kinds of functions run when the process ends. The program registers some (atexit; __cxa_atexit, for C++'s static
// objects), and the C library keeps them. Modules name the others in llvm.global_dtors, and this class keeps those.
// Both belong to the Jit that holds their code. If the Jit is destroyed before the process ends, they run then, as
// dlclose runs those of a library, and exit() no longer runs them.
//
// As in a native program, registered functions run first, then those in llvm.global_dtors, each kind newest first.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/ADT/ArrayRef.h>
#include <llvm/Support/Error.h>

namespace ajit {

/// One per Jit. Thread-safe, except for destruction.
class ExitHandlers {
public:
  using Function = void (*)();

  /// Code of this Jit registers exit handlers under `dso_handle`. Null is the handle of the process's executable, for
  /// modules that are the executable and are never destroyed.
  explicit ExitHandlers(void* dso_handle) : dso_handle_(dso_handle) {}
  /// Withdraws the destructors that have not run.
  ~ExitHandlers();
  ExitHandlers(const ExitHandlers&) = delete;
  ExitHandlers& operator=(const ExitHandlers&) = delete;

  void* dso_handle() const { return dso_handle_; }

  /// Makes exit() run `destructors`, in reverse order and before those that were added earlier. Fails if the C library
  /// has no room.
  llvm::Error add(llvm::ArrayRef<Function> destructors);

  /// Runs and withdraws all handlers that have not run yet. For the thread that destroys the Jit, while its code can
  /// still run.
  void run_now();

private:
  void* const dso_handle_;
};

} // namespace ajit
