//===- body_compiler.h - Bodies and continuations, from an order to code in the slab ------------------------------===//
//
// Whoever needs a body makes it, on the thread it is on: a context is borrowed, the unit built, compiled and linked. No
// lock is held on the way, so threads compile different functions at once. Publishing the code is the caller's
// business.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "compile_gate.h"
#include "compile_pool.h"
#include "dump_writer.h"
#include "first_bodies.h"
#include "linker.h"
#include "options.h"
#include "program.h"
#include "tier_manager.h"
#include "time_report.h"
#include "unit.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ajit {

/// What one compile is to make: bodies of functions of one module, or one continuation.
struct BodyOrder {
  llvm::ArrayRef<FunctionId> ids;
  Tier tier = Tier::O0;
  /// Callees that are certain to be called next and have no body yet are claimed and compiled with `ids`.
  bool may_grow = false;
  std::optional<uint32_t> loop{};     ///< set: the continuation of this loop of the one function
  const Interest* interest = nullptr; ///< null: it is wanted in any case
  bool polled = true;                 ///< if the tier is: with checks in its loops
};

/// A compiled and linked body.
struct Body {
  FunctionId id{};
  void* address = nullptr;
  void* const* labels = nullptr;   ///< the table of its labels, if others hold any
  FunctionTraits traits;           ///< `callees` points into a compile context and is empty here
  std::vector<FunctionId> callees; ///< that may be called next
  uint32_t callee_count = 0;       ///< all that it calls directly
  std::vector<LoopFacts> loops;
  CompileCost cost;
  std::string error; ///< not empty: there is no body
};

/// Thread-safe.
class BodyCompiler {
public:
  struct Parts {
    const Options& options;
    Program& program;
    CompilePool& pool;
    CompileGate& gate;
    PcMap& map;
    Linker& linker;
    TierManager& tiers;
    FirstBodies& first;
    TimeReport& times;
    DumpWriter* dumps; ///< null: nothing is dumped
  };

  explicit BodyCompiler(const Parts& parts) : parts_(parts) {}

  /// Compiles `order` as one unit. What it grew by follows `ids` in the result, claimed for the caller; after an error
  /// nothing but `ids` is claimed.
  llvm::Expected<std::vector<Body>> compile(const BodyOrder& order);

  /// The object of `unit`, which is used up. If LLVM gives up, `context` is abandoned and the error says so.
  llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>> emit(CompilePool::Lease& context, Unit& unit,
                                                           const BodyOrder& order, CompileTimes& times);

private:
  bool is_first(const BodyOrder& order) const { return order.tier == parts_.options.tiers.min_tier; }
  std::vector<UnitFunction> unit_functions(const BodyOrder& order) const;
  std::optional<UnitFunction> join_unit(llvm::StringRef symbol);
  std::vector<Body> bodies_of(Unit& unit, const BodyOrder& order);
  /// Whether the loops of what has been built are those of the functions' first bodies, as far as it matters.
  bool loops_agree(const BodyOrder& order, llvm::ArrayRef<Body> bodies);
  /// Links the object of `unit` and gives those of `bodies` that are in it their addresses; the number of these.
  llvm::Expected<std::size_t> link(const BodyOrder& order, const Unit& unit, std::unique_ptr<llvm::MemoryBuffer> object,
                                   std::vector<Body>& bodies);
  void set_costs(const BodyOrder& order, std::vector<Body>& bodies, double milliseconds_each);
  void dump(const Unit& unit, const BodyOrder& order, UnitCompiler& compiler);

  const Parts parts_;
};

} // namespace ajit
