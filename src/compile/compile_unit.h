//===- compile_unit.h - From an order to a CompiledUnit -----------------------------------------------------------===//
//
//   order ─▶ build_unit() ─▶ optimise, lower checks, dump, generate code ─▶ CompiledUnit
//            (ir/units)      (codegen, under compile_guard.h)
//
// A compile works in a borrowed context and holds no lock, so threads compile different functions at once. It publishes
// nothing: the caller links the unit and installs its bodies. compile_unit() may be called in a window of the compile
// gate (compile_gate.h); it goes inside where it touches what threads share.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "compile_pool.h"
#include "compiled_unit.h"
#include "unit_order.h"

namespace ajit {

class DumpWriter;

/// Compiles `order` for the module of `source`, which has `ordinal` among the modules of its program. Bodies come in
/// the order's sequence, then those that joined. A body whose bitcode was refused says so, and the others are compiled.
///
/// Fails with CompilerFault if LLVM gives up (`context` is abandoned then), with Cancelled, with OverBudget, with
/// Refused if LLVM reports an error in the unit, and with Unsupported if a continuation's loops are not those of the
/// first body. `dumps` may be null.
llvm::Expected<CompiledUnit> compile_unit(CompilePool::Lease& context,
                                          const std::shared_ptr<const ModuleSource>& source, unsigned ordinal,
                                          const UnitOrder& order, DumpWriter* dumps);

/// What a target needs in the data unit beyond what the host needs.
struct DataOrder {
  std::function<void(llvm::Module& unit)> prepare{}; ///< see UnitOrder
  bool even_if_empty = false;                        ///< makes a unit even without data; `prepare` fills it
};

/// Compiles the variables of the module, its assembly, and the bodies that must be in one object with them. The object
/// is empty if the module has none of these.
llvm::Expected<CompiledUnit> compile_data(CompilePool::Lease& context,
                                          const std::shared_ptr<const ModuleSource>& source, unsigned ordinal,
                                          const DataOrder& order = {});

} // namespace ajit
