//===- unit.h - The module that one compile works on --------------------------------------------------------------===//
//
// A unit is a small module in its context: the bodies asked for, under private names that nothing else refers to
// (`fib$O1`), and declarations for the rest. The name `fib` stands for the function's stub, in the body itself too.
// Only at the last tier do a body's direct calls to itself, and to the other bodies asked for, stay inside the unit, as
// no later bodies can replace them.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "function_traits.h"
#include "osr_points.h"
#include "result.h"
#include "tier.h"

#include <functional>
#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/StringRef.h>
#include <llvm/Support/Error.h>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace llvm {
class Module;
}

namespace ajit {

class ModuleCopy;

/// One function to compile.
struct UnitFunction {
  std::string symbol;  ///< of the function, and of its stub
  bool counted = true; ///< begins with the call counter
  bool polled = false; ///< has checks for on-stack replacement at its loops; never at the last tier
  /// Set: the unit gets the continuation of this loop instead of the body. A continuation is never counted.
  std::optional<uint32_t> loop = std::nullopt;
  /// Each loop that has a point gets a check, even loops that run better without (check_policy.h).
  bool checks_all = false;
};

struct UnitRequest {
  Tier tier = Tier::O0;
  bool last_tier = false; ///< no later body will replace these
  std::vector<UnitFunction> functions;
  /// Called for each callee that is certain to be called next (transitively). If it answers, the callee joins the unit,
  /// which saves a unit's fixed cost. Null: no callee joins.
  std::function<std::optional<UnitFunction>(llvm::StringRef symbol)> join;
};

/// The result for one function.
struct UnitBody {
  std::string function;    ///< its symbol
  std::string symbol;      ///< of the body: `fib$O1`, or a similar name if the program uses that one
  std::string label_table; ///< symbol of the table of its labels (foreign_labels.h); empty if it is not needed
  FunctionTraits traits;
  std::vector<LoopFacts> loops;   ///< of the function, if it is polled or a continuation
  std::optional<Failure> refusal; ///< set: the unit lacks this body, for this reason
};

struct Unit {
  std::unique_ptr<llvm::Module> module;
  Tier pipeline = Tier::O0;     ///< the tier whose pipeline compiles the unit: the request's, unless fast_math.h says
  std::vector<UnitBody> bodies; ///< one per function of the request, in its order, then those that joined
  uint32_t imported = 0;        ///< bodies imported for inlining
};

/// The symbol of a function's body at `tier` (`main$O3`), or of the continuation of one of its loops (`main$O3$loop2`).
std::string body_symbol(llvm::StringRef function, Tier tier, std::optional<uint32_t> loop = {});

/// Builds the unit for `request` from `copy`. O(bodies asked for and imported), whatever the module's size.
Unit build_unit(ModuleCopy& copy, const UnitRequest& request);

} // namespace ajit
