//===- lifted_limit.h - A limit that the program gave itself does not bind ajit -----------------------------------===//
//
// A program may limit itself to the files that it has open, or to files of no size, before ajit opens a library that a
// native program would have opened at its start. The program's limit is the soft one, which ajit may exceed up to the
// hard one. Other threads of the program see the higher limit for that moment.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <sys/resource.h>

namespace ajit {

/// Lifts the soft limit of a resource to the hard one while it lives.
class LiftedLimit {
public:
  explicit LiftedLimit(__rlimit_resource_t resource) : resource_(resource) {
    if (getrlimit(resource_, &before_) != 0 || before_.rlim_cur == before_.rlim_max) return;
    const rlimit lifted{before_.rlim_max, before_.rlim_max};
    is_lifted_ = setrlimit(resource_, &lifted) == 0;
  }
  ~LiftedLimit() {
    if (is_lifted_) setrlimit(resource_, &before_);
  }
  LiftedLimit(const LiftedLimit&) = delete;
  LiftedLimit& operator=(const LiftedLimit&) = delete;

  /// The limit in force, in the resource's unit.
  rlim_t value() const { return is_lifted_ ? before_.rlim_max : before_.rlim_cur; }

private:
  const __rlimit_resource_t resource_;
  rlimit before_{RLIM_INFINITY, RLIM_INFINITY};
  bool is_lifted_ = false;
};

} // namespace ajit
