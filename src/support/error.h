//===- error.h - Errors have a kind and one line of text: what, where, why ----------------------------------------===//
//
// Each kind of failure is a class of its own, so that callers branch with `error.isA<Cancelled>()` and never on texts.
// A Failure (result.h) is the same information as a value: it can be copied, stored, sent, and turned back into an
// Error.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "result.h"

#include <fmt/format.h>
#include <llvm/Support/Error.h>

namespace ajit {

/// The base of all kinds.
class TypedError : public llvm::ErrorInfo<TypedError> {
public:
  static char ID; // NOLINT(readability-identifier-naming): LLVM's name for it

  explicit TypedError(Failure failure) : failure_(std::move(failure)) {}

  const Failure& failure() const { return failure_; }
  void log(llvm::raw_ostream& stream) const override;
  std::error_code convertToErrorCode() const override { return llvm::inconvertibleErrorCode(); }

private:
  Failure failure_;
};

/// One class per kind: `ErrorOf<FailureKind::refused>` is named Refused.
template <FailureKind kind> class ErrorOf final : public llvm::ErrorInfo<ErrorOf<kind>, TypedError> {
public:
  static inline char ID = 0; // NOLINT(readability-identifier-naming)

  explicit ErrorOf(std::string text) : llvm::ErrorInfo<ErrorOf<kind>, TypedError>(Failure{std::move(text), kind}) {}
};

using OtherError = ErrorOf<FailureKind::other>;
using Cancelled = ErrorOf<FailureKind::cancelled>;
using Unsupported = ErrorOf<FailureKind::unsupported>;
using Refused = ErrorOf<FailureKind::refused>;
using CompilerFault = ErrorOf<FailureKind::compiler_fault>;
using Unresolved = ErrorOf<FailureKind::unresolved>;
using NoRoom = ErrorOf<FailureKind::no_room>;
using Malformed = ErrorOf<FailureKind::malformed>;
using OverBudget = ErrorOf<FailureKind::over_budget>;

/// An error of class `Kind`: `make_typed<Refused>("invalid function: {}", name)`.
template <typename Kind, typename... Args> llvm::Error make_typed(fmt::format_string<Args...> format, Args&&... args) {
  return llvm::make_error<Kind>(fmt::format(format, std::forward<Args>(args)...));
}

/// An error of kind `other` whose text is `text`: what, where and why in one line.
llvm::Error make_error(std::string text);

template <typename... Args> llvm::Error make_error(fmt::format_string<Args...> format, Args&&... args) {
  return make_error(fmt::format(format, std::forward<Args>(args)...));
}

/// `text` with control characters as "\x1b": names in bitcode hold what their author likes, and terminals obey it.
std::string printable(std::string_view text);

/// The text of `error` on one line: LLVM's own messages may hold line breaks.
std::string one_line(llvm::Error error);

/// `error` as a value. Several joined errors become one, of the first one's kind.
Failure failure_of(llvm::Error error);

/// The same failure as an error of its kind.
llvm::Error error_of(Failure failure);

/// `error` with "`context`: " before its text. Keeps its kind.
llvm::Error in_context(llvm::Error error, std::string_view context);

} // namespace ajit
