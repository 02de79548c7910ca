//===- stub_table.h - The address of a function for the life of the program ---------------------------------------===//
//
// Each function has one stub, and its address is what every use of the function sees: from every tier, from data, from
// dlsym and from inside its own body.
//
//     stub + 0:   jmp  *slot(%rip)          the body in force, or stub + 6
//     stub + 6:   push $index               entered by the first call, and by bodies whose call counter has run out
//     stub + 11:  jmp  veneer
//     veneer:     push handler; jmp *ajit_runtime_entry
//
// Swapping is one release store to the slot. A caller holds nothing: it loads the slot and jumps; x86-64 loads are
// acquires, so whoever sees the new address sees the code behind it. The slots are data, so the stubs are never
// rewritten, and their bytes depend on the index alone (slab.h, "Fork").
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "slab.h"

namespace ajit {

class PcMap;
class RuntimeHandler;

/// Unwind information of stubs, for the map that knows the slab's code.
const void* stub_fde();

/// Borrows the slab and the handler. Thread-safe.
class StubTable {
public:
  /// Bytes from a stub's start to its entry into the runtime.
  static constexpr std::size_t tick_offset = 6;

  static llvm::Expected<StubTable> create(Slab& slab, PcMap& map, RuntimeHandler& handler);

  /// Makes the stubs of `count` functions from `first` on, each leading into the runtime. Once per function, before
  /// anybody learns its address.
  void make(FunctionId first, uint32_t count);

  /// What the program takes for the function.
  void* address(FunctionId function) const { return slab_.stub(function); }

  /// Calls that begin from now on run `body`, whose code and unwind information are complete.
  void publish(FunctionId function, void* body) { slab_.slot(function).store(body, std::memory_order_release); }

  /// Calls that begin from now on enter the runtime.
  void route_to_runtime(FunctionId function) { publish(function, lazy_entry(function)); }

private:
  StubTable(Slab& slab, std::byte* veneer) : slab_(slab), veneer_(veneer) {}

  std::byte* lazy_entry(FunctionId function) const { return slab_.stub(function) + tick_offset; }

  Slab& slab_;
  std::byte* veneer_;
};

} // namespace ajit
