//===- error.h - Errors are one line: what, where, why ------------------------------------------------------------===//
#pragma once

#include <fmt/format.h>
#include <llvm/Support/Error.h>

namespace ajit {

/// An error whose text is `text`: what, where and why in one line.
llvm::Error make_error(std::string text);

template <typename... Args> llvm::Error make_error(fmt::format_string<Args...> format, Args&&... args) {
  return make_error(fmt::format(format, std::forward<Args>(args)...));
}

/// The text of `error` on one line: LLVM's own messages may hold line breaks.
std::string one_line(llvm::Error error);

} // namespace ajit
