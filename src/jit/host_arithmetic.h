//===- host_arithmetic.h - Compiles do not run under the program's rounding mode ----------------------------------===//
#pragma once

#include <cfenv>

namespace ajit {

/// While it lives, the thread has the floating-point environment that LLVM and the C library were written for. The
/// destructor restores the program's rounding mode, traps and flags.
class HostArithmetic {
public:
  HostArithmetic() {
    std::fegetenv(&before_);
    std::fesetenv(FE_DFL_ENV);
  }
  ~HostArithmetic() { std::fesetenv(&before_); }
  HostArithmetic(const HostArithmetic&) = delete;
  HostArithmetic& operator=(const HostArithmetic&) = delete;

private:
  std::fenv_t before_{};
};

} // namespace ajit
