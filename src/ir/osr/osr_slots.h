//===- osr_slots.h - At O0 the values of OSR points live in the buffer --------------------------------------------===//
//
// At O0 the register allocator keeps every value that is used outside of its block in its own stack slot, and the code
// generator executes 12,000 instructions for each instruction that it emits. Copying the live values from their slots
// to the buffer, in code that almost never runs, made bodies with loops more expensive to compile and to run.
//
// So at O0 the places in the buffer are the slots. A value is stored there where it is defined and loaded where it is
// used, as the register allocator would do, and a check has nothing left to store. If all predecessors of a phi end in
// a jump, they store its value. That saves the copy between two slots that phi elimination leaves behind.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <cstdint>
#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/SmallPtrSet.h>

namespace llvm {
class AllocaInst;
class Value;
} // namespace llvm

namespace ajit {

/// An argument or instruction of the body, and its place in the buffer.
struct OsrSlot {
  llvm::Value* value;
  uint32_t offset;
};

/// True if `value` can be kept in a slot, that is, be stored right where it is defined, and if that takes less code
/// than storing it in each of `checks` checks.
bool is_cheaper_in_slot(const llvm::Value& value, unsigned checks);

/// Keeps the values of `slots` in `buffer`: uses outside of the block that defines a value load it from there. `buffer`
/// is at the start of the entry block.
void keep_in_slots(llvm::AllocaInst& buffer, llvm::ArrayRef<OsrSlot> slots);

} // namespace ajit
