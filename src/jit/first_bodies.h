//===- first_bodies.h - Which thread makes a function's first body ------------------------------------------------===//
//
//   none ──claim()──▶ compiling ──Claim::fulfil()──▶ ready
//    ▲                    │
//    └──────~Claim()──────┘
//
// Threads of the program make first bodies when they call a function. Compile threads make them ahead of such calls,
// and several in one unit. So two threads may want the same body at once. One gets the claim; the others wait, or go
// without.
//
// Memory order: leaving a state releases what was done in it, and a claim or the end of a wait acquires that. Callers
// of the body rely on `FunctionRecord::body` instead.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "program.h"
#include "tier.h"

#include <optional>
#include <utility>

namespace ajit {

class FirstBodies;
class TierManager;

/// The duty to make a function's first body. A claim that is dropped gives up, and another thread may claim the body.
class [[nodiscard]] Claim {
public:
  Claim(Claim&& other) noexcept : bodies_(std::exchange(other.bodies_, nullptr)), id_(other.id_) {}
  Claim& operator=(Claim&&) = delete;
  ~Claim();

  FunctionId id() const { return id_; }

  /// Call it when the body has been published.
  void fulfil();

private:
  friend class FirstBodies;
  Claim(FirstBodies& bodies, FunctionId id) : bodies_(&bodies), id_(id) {}

  FirstBodies* bodies_; ///< null once fulfilled or moved from
  FunctionId id_;
};

/// Any thread. Takes no lock, but prepare() and wait() may wait for another thread.
class FirstBodies {
public:
  FirstBodies(Program& program, TierManager& tiers) : program_(program), tiers_(tiers) {}

  /// Makes `id` known to the tier manager. Call it before any body of `id` is compiled.
  void prepare(FunctionId id);

  /// Takes the duty to make the body, unless the body exists or another thread has the duty.
  std::optional<Claim> claim(FunctionId id);

  /// Whether no thread has claimed the body yet. A hint: a thread may claim it at any moment.
  bool is_wanted(FunctionId id) const {
    return program_.record(id).first.load(std::memory_order_relaxed) == FirstBody::none;
  }

  /// Returns once no thread is making the body, which may be at once.
  void wait(FunctionId id) const { program_.record(id).first.wait(FirstBody::compiling, std::memory_order_acquire); }

  /// In the child of a fork: gives up the claims of the parent's other threads.
  void give_up_all();

private:
  friend class Claim;
  void leave(FunctionId id, FirstBody state);

  Program& program_;
  TierManager& tiers_;
};

} // namespace ajit
