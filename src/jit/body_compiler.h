//===- body_compiler.h - Bodies and continuations, from an order to code in the slab ------------------------------===//
//
//   ids ─▶ UnitOrder ─▶ compile_unit() ─▶ CompiledUnit ─▶ Linker::link() ─▶ MadeBody
//
// The thread that needs a body makes it. It holds no lock on the way, so threads compile different functions at once.
// The caller publishes the code.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "compile_gate.h"
#include "compile_pool.h"
#include "compiled_unit.h"
#include "dump_writer.h"
#include "first_bodies.h"
#include "linker.h"
#include "options.h"
#include "program.h"
#include "tier_manager.h"
#include "time_report.h"
#include "unit_order.h"

#include <optional>
#include <vector>

namespace ajit {

/// A body or continuation that has been compiled and linked, or the reason why its compile was refused.
struct MadeBody {
  FunctionId id{};
  CompiledBody unit;       ///< its part of the compiled unit
  InstalledBody installed; ///< empty if `unit` was refused
  CompileCost cost;
  std::optional<Claim> claim; ///< for a first body: the duty to publish it
};

/// Thread-safe.
class BodyCompiler {
public:
  struct Parts {
    const Options& options;
    Program& program;
    CompilePool& pool;
    CompileGate& gate;
    Linker& linker;
    TierManager& tiers;
    FirstBodies& first;
    TimeReport& times;
    DumpWriter* dumps; ///< null: nothing is dumped
  };

  explicit BodyCompiler(const Parts& parts) : parts_(parts) {}

  /// Makes the first bodies of `claims`, all of one module, in one unit. If `may_grow`, callees that every call reaches
  /// join the unit; they follow the others in the result, each with its claim. On failure `claims` is unchanged.
  /// `when_read`, which may be null, is called once the bitcode has been read.
  llvm::Expected<std::vector<MadeBody>> make_first(std::vector<Claim>& claims, bool may_grow,
                                                   const std::function<void()>& when_read = {});

  /// Makes later bodies of `ids`, all of one module, in one unit. Some may be refused.
  llvm::Expected<std::vector<MadeBody>> make_later(llvm::ArrayRef<FunctionId> ids, Tier tier);

  /// Makes the continuation of one loop of `id`. Fails with Cancelled soon after `interest` is lost.
  llvm::Expected<MadeBody> make_continuation(FunctionId id, uint32_t loop, Tier tier, const Interest& interest);

private:
  UnitOrder order_of(llvm::ArrayRef<FunctionId> ids, Tier tier, std::optional<uint32_t> loop) const;
  /// For a compile that the program can do without.
  UnitOrder bounded_order(llvm::ArrayRef<FunctionId> ids, Tier tier, std::optional<uint32_t> loop) const;
  FunctionOrder function_order(FunctionId id, bool with_layouts) const;
  /// Compiles and links `order`, whose functions are `ids`. `order.join` may append to `ids` during the compile.
  llvm::Expected<std::vector<MadeBody>> make(const UnitOrder& order, const std::vector<FunctionId>& ids);
  /// The same, on the stack that the thread is on.
  llvm::Expected<std::vector<MadeBody>> make_here(const UnitOrder& order, const std::vector<FunctionId>& ids);
  llvm::Expected<std::vector<MadeBody>> link(CompiledUnit unit, const std::vector<FunctionId>& ids);

  const Parts parts_;
};

} // namespace ajit
