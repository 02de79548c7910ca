//===- result.h - A value or the one line that says why there is none ---------------------------------------------===//
//
// For the public interface, which programs include without LLVM's headers. Inside the library llvm::Expected does this
// (error.h).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <cassert>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace ajit {

/// What kind of failure it was, for callers that act on it.
enum class FailureKind : uint8_t {
  other,
  cancelled,      ///< the caller lost interest
  unsupported,    ///< this code generator cannot do it; another one may
  refused,        ///< the input is invalid, or needs what ajit does not support
  compiler_fault, ///< LLVM gave up or crashed
  unresolved,     ///< a symbol that is needed is not defined
  no_room,        ///< memory, address space or a table is full
  malformed,      ///< stored bytes are damaged or of another version
  over_budget,    ///< the compile took longer than it may
};

/// Why something failed: what, where and why, in one line.
struct Failure {
  std::string text;
  FailureKind kind = FailureKind::other;

  bool operator==(const Failure&) const = default;
};

/// Either a T or a Failure.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : value_(std::move(value)) {}
  Result(Failure failure) : failure_(std::move(failure)) {}

  explicit operator bool() const { return value_.has_value(); }
  T& operator*() {
    assert(value_ && "a failed result has no value");
    return *value_;
  }
  T* operator->() { return &**this; }
  /// Empty if there is a value.
  const std::string& error() const { return failure_.text; }
  /// Only for a failed result.
  const Failure& failure() const { return failure_; }

private:
  std::optional<T> value_;
  Failure failure_;
};

/// Success, or a Failure.
template <> class [[nodiscard]] Result<void> {
public:
  Result() = default;
  Result(Failure failure) : failure_(std::move(failure)) {}

  explicit operator bool() const { return !failure_.has_value(); }
  /// Empty on success.
  const std::string& error() const {
    static const std::string none;
    return failure_ ? failure_->text : none;
  }
  /// Only for a failed result.
  const Failure& failure() const { return *failure_; }

private:
  std::optional<Failure> failure_;
};

} // namespace ajit
