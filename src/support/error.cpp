#include "error.h"

#include <algorithm>
#include <fmt/format.h>
#include <llvm/Support/raw_ostream.h>

namespace ajit {

char TypedError::ID = 0;

void TypedError::log(llvm::raw_ostream& stream) const { stream << failure_.text; }

llvm::Error make_error(std::string text) { return llvm::make_error<OtherError>(std::move(text)); }

std::string printable(std::string_view text) {
  std::string shown;
  for (char c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      shown += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    else
      shown += c;
  return shown;
}

std::string one_line(llvm::Error error) {
  std::string text = llvm::toString(std::move(error));
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  std::replace(text.begin(), text.end(), '\n', ' ');
  return printable(text);
}

Failure failure_of(llvm::Error error) {
  std::optional<FailureKind> kind;
  error = llvm::handleErrors(std::move(error), [&](std::unique_ptr<llvm::ErrorInfoBase> info) -> llvm::Error {
    if (!kind) kind = info->isA<TypedError>() ? static_cast<TypedError&>(*info).failure().kind : FailureKind::other;
    return llvm::Error(std::move(info));
  });
  return {one_line(std::move(error)), kind.value_or(FailureKind::other)};
}

llvm::Error error_of(Failure failure) {
  switch (failure.kind) {
  case FailureKind::other:
    return llvm::make_error<OtherError>(std::move(failure.text));
  case FailureKind::cancelled:
    return llvm::make_error<Cancelled>(std::move(failure.text));
  case FailureKind::unsupported:
    return llvm::make_error<Unsupported>(std::move(failure.text));
  case FailureKind::refused:
    return llvm::make_error<Refused>(std::move(failure.text));
  case FailureKind::compiler_fault:
    return llvm::make_error<CompilerFault>(std::move(failure.text));
  case FailureKind::unresolved:
    return llvm::make_error<Unresolved>(std::move(failure.text));
  case FailureKind::no_room:
    return llvm::make_error<NoRoom>(std::move(failure.text));
  case FailureKind::malformed:
    return llvm::make_error<Malformed>(std::move(failure.text));
  case FailureKind::over_budget:
    return llvm::make_error<OverBudget>(std::move(failure.text));
  }
  return make_error(std::move(failure.text));
}

llvm::Error in_context(llvm::Error error, std::string_view context) {
  Failure failure = failure_of(std::move(error));
  failure.text = fmt::format("{}: {}", context, failure.text);
  return error_of(std::move(failure));
}

} // namespace ajit
