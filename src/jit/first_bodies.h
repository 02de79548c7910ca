//===- first_bodies.h - Who makes a function's first body ---------------------------------------------------------===//
//
//   none ──claim()──▶ compiling ──set_ready()──▶ ready
//    ▲                    │
//    └─────give_up()──────┘
//
// First bodies are made by threads of the program that call a function, by compile threads ahead of such calls, and in
// units that others asked for, so two may want the same at once. One claims it; the rest wait, or go without.
//
// Memory order: leaving a state releases what was done in it, and a claim or the end of a wait acquires that. Callers
// of the body rely on neither, but on `FunctionRecord::body`.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "program.h"
#include "tier.h"

namespace ajit {

class TierManager;

/// Any thread. Takes no lock, but prepare() and wait() may wait for another thread.
class FirstBodies {
public:
  FirstBodies(Program& program, TierManager& tiers) : program_(program), tiers_(tiers) {}

  /// Makes `id` known to the tier manager, which is due before any of its bodies is compiled.
  void prepare(FunctionId id);

  /// True: the caller is to make the body, and to call set_ready() or give_up().
  bool claim(FunctionId id);

  /// The body has been published.
  void set_ready(FunctionId id) { leave(id, FirstBody::ready); }

  /// There is none after all; whoever needs it may claim it anew.
  void give_up(FunctionId id) { leave(id, FirstBody::none); }

  /// Nobody has begun to make it. A hint: the next moment somebody may.
  bool is_wanted(FunctionId id) const {
    return program_.record(id).first.load(std::memory_order_relaxed) == FirstBody::none;
  }

  /// Returns when nobody is making it any more, which may be at once.
  void wait(FunctionId id) const { program_.record(id).first.wait(FirstBody::compiling, std::memory_order_acquire); }

private:
  void leave(FunctionId id, FirstBody state);

  Program& program_;
  TierManager& tiers_;
};

} // namespace ajit
