//===- result.h - A value or the one line that says why there is none ---------------------------------------------===//
//
// For the public interface, which programs include without LLVM's headers; inside, llvm::Expected does this.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>

namespace ajit {

/// Why something failed: what, where and why, in one line.
struct Failure {
  std::string text;
};

/// Either a T or a Failure.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : value_(std::move(value)) {}
  Result(Failure failure) : error_(std::move(failure.text)) {}

  explicit operator bool() const { return value_.has_value(); }
  T& operator*() {
    assert(value_ && "a failed result has no value");
    return *value_;
  }
  T* operator->() { return &**this; }
  /// Empty if there is a value.
  const std::string& error() const { return error_; }

private:
  std::optional<T> value_;
  std::string error_;
};

/// Success, or a Failure.
template <> class [[nodiscard]] Result<void> {
public:
  Result() = default;
  Result(Failure failure) : error_(std::move(failure.text)) {}

  explicit operator bool() const { return error_.empty(); }
  const std::string& error() const { return error_; }

private:
  std::string error_;
};

} // namespace ajit
