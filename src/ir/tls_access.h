//===- tls_access.h - Thread-local variables of shared libraries --------------------------------------------------===//
//
// A thread-local variable that the module itself defines is compiled as emulated TLS: its control block is ordinary
// data. One that a shared library defines (libstdc++'s state of std::call_once) has a real TLS slot that no JIT
// relocation can reach; its address is what dlsym says on the thread that asks, so each access becomes a call.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/SmallVector.h>

namespace llvm {
class Constant;
class Function;
class Module;
} // namespace llvm

namespace ajit {

/// The function called: `ptr __ajit_thread_local(ptr name)`, `name` a NUL-terminated string.
inline constexpr const char* thread_local_address_function = "__ajit_thread_local";

/// The thread-local variables that `module` declares and does not define. O(globals).
llvm::SmallVector<llvm::Constant*> foreign_thread_locals(llvm::Module& module);

/// Rewrites the accesses of `function` to `variables`.
void call_for_foreign_thread_locals(llvm::Function& function, llvm::ArrayRef<llvm::Constant*> variables);

} // namespace ajit
