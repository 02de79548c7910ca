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
// Swapping is one release store to the slot. A caller holds nothing: it loads the slot and jumps. x86-64 loads are
// acquires, so a caller that sees the new address sees the code behind it. The slots are data, so the stubs are never
// rewritten, and their bytes depend on the index alone (slab.h, "Fork").
//
// A function may have data of its own around its address: prefix data before it (type identifiers of sanitizers and of
// functional languages), prologue data at it, which is executable and falls through to what follows. The array has no
// room for such data, so the stub of such a function lies among the code, with the data in place.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "code_observer.h"
#include "runtime_symbols.h"
#include "slab.h"
#include "thread_annotations.h"

#include <map>
#include <memory>

namespace ajit {

class PcMap;
class RuntimeHandler;

/// Unwind information of stubs, for the PC map.
const void* stub_fde();

/// Borrows the slab and the handler. Thread-safe.
class StubTable {
public:
  /// Bytes from a stub's start to its entry into the runtime.
  static constexpr std::size_t tick_offset = stub_tick_offset;

  static llvm::Expected<StubTable> create(Slab& slab, PcMap& map, RuntimeHandler& handler);

  /// Makes the stubs of `count` functions from `first` on, each leading into the runtime. Call it once per function,
  /// before anything learns its address. Fails if the system has no memory for them.
  llvm::Error make(FunctionId first, uint32_t count);

  /// Gives `function`, which has a stub already, one with room for data around its address. Returns the place where
  /// fill() must write the prefix and, right after it, the prologue. Call it before anything learns the address.
  llvm::Expected<std::byte*> make_with_data(FunctionId function, std::size_t prefix, std::size_t prologue);

  /// Writes data around a stub. Call it once, before the function is called.
  void fill(std::byte* place, const void* data, std::size_t size) const;
  /// The way into the runtime that all stubs share, for observers.
  AssembledCode veneer() const;
  /// The stubs of as many functions as there are `names`, from `first` on, for observers.
  AssembledCode describe(FunctionId first, std::vector<std::string> names, bool has_debug_info) const;

  /// The stub's address, which the program sees as the function's.
  void* address(FunctionId function) const {
    return apart_->any.load(std::memory_order_acquire) ? apart_->find(slab_, function) : slab_.stub(function);
  }

  /// Calls that begin from now on run `body`, whose code and unwind information are complete.
  void publish(FunctionId function, void* body) { slab_.slot(function).store(body, std::memory_order_release); }

  /// Calls that begin from now on enter the runtime.
  void route_to_runtime(FunctionId function) { publish(function, lazy_entry(function)); }

private:
  /// The stubs that are not in the array.
  struct Apart {
    std::atomic<bool> any{false};
    mutable Mutex mutex;
    std::map<FunctionId, std::byte*> stubs AJIT_GUARDED_BY(mutex);

    std::byte* find(const Slab& slab, FunctionId function) const;
  };

  StubTable(Slab& slab, PcMap& map, std::byte* veneer)
      : slab_(slab), map_(map), veneer_(veneer), apart_(std::make_shared<Apart>()) {}

  void write_stub(std::byte* stub, FunctionId function) const;

  std::byte* lazy_entry(FunctionId function) const { return slab_.stub(function) + tick_offset; }

  Slab& slab_;
  PcMap& map_;
  std::byte* veneer_;
  std::shared_ptr<Apart> apart_;
};

} // namespace ajit
