//===- unit_order.h - What one compile is to make -----------------------------------------------------------------===//
#pragma once

#include "tier.h"

#include <cstdint>
#include <functional>
#include <llvm/ADT/STLFunctionalExtras.h>
#include <llvm/ADT/StringRef.h>
#include <optional>
#include <string>
#include <vector>

namespace llvm {
class Module;
}

namespace ajit {

/// One function of an order.
struct FunctionOrder {
  std::string symbol; ///< as the module's index has it
  std::string name;   ///< to show to the user
  /// The layout of each loop in the function's first body (LoopFacts::layout), 0 where frames never leave the loop. If
  /// set, checks and continuations are made only if the loops found now have the same layouts.
  std::optional<std::vector<uint64_t>> layouts{};
};

/// Bodies of functions of one module, or one continuation.
struct UnitOrder {
  std::vector<FunctionOrder> functions;
  Tier tier = Tier::O0;
  bool last_tier = false;         ///< no later body will replace these
  bool counted = false;           ///< bodies begin with the call counter
  bool polled = false;            ///< bodies have checks in their loops
  bool checks_all = false;        ///< also in loops that run better without (check_policy.h)
  std::optional<uint32_t> loop{}; ///< set: makes the continuation of this loop of the one function
  /// Called for each callee that every call of a body reaches. If it answers, the callee joins the unit, which saves a
  /// unit's fixed cost. Null: no callee joins, and the unit does not say which ones its bodies reach.
  std::function<std::optional<FunctionOrder>(llvm::StringRef symbol)> join{};
  /// True once the result is no longer needed; the compile then ends early with Cancelled. Null: it stays needed.
  std::function<bool()> is_over{};
  /// The compile may not take longer than its budget (compile_budget.h): it then ends with OverBudget.
  bool bounded = false;
  uint64_t budget_ms = 0; ///< 0: grows with the size of the unit
  /// Called once if the compile is about to take long or, if it is bounded, has taken long. May be null.
  std::function<void()> takes_long{};
  /// Changes the unit before the optimiser sees it, for targets that need more than the host does. May be null.
  std::function<void(llvm::Module& unit)> prepare{};
};

} // namespace ajit
