//===- diagnostic_scope.h - Keeps LLVM's diagnostics on a context instead of printing them ------------------------===//
//
// Without a handler LLVM prints an error and ends the process.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <string>

namespace llvm {
class DiagnosticInfo;
class LLVMContext;
} // namespace llvm

namespace ajit {

/// Keeps the first error that LLVM reports on a context while this lives. For the thread that uses the context.
class DiagnosticScope {
public:
  explicit DiagnosticScope(llvm::LLVMContext& context);
  ~DiagnosticScope();
  DiagnosticScope(const DiagnosticScope&) = delete;
  DiagnosticScope& operator=(const DiagnosticScope&) = delete;

  /// The first error, in one line; empty if there was none.
  const std::string& error() const { return error_; }

private:
  static void receive(const llvm::DiagnosticInfo* info, void* self);

  llvm::LLVMContext& context_;
  std::string error_;
};

} // namespace ajit
