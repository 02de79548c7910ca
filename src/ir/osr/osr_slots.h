//===- osr_slots.h - At O0 the values of points live in the buffer ------------------------------------------------===//
//
// At O0 the register allocator keeps every value that is used outside of its block in a slot of its own on the stack,
// and the code generator costs 12,000 instructions for each that it emits. Copying the live values from their slots to
// the buffer, in code that is nearly never run, made bodies with loops dearer to compile and to run. So at O0
// the places in the buffer are the slots: a value is stored there where it is defined and loaded where it is used,
// which is what the register allocator would do, and a check has nothing left to store. Phis whose predecessors all
// jump are stored by these, which saves the copy between two slots that phi elimination leaves behind.
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

/// True if `value` can be kept in a slot, that is be stored right where it is defined, and if that is less code than
/// storing it in each of `checks` checks.
bool is_cheaper_in_slot(const llvm::Value& value, unsigned checks);

/// Keeps the values of `slots` in `buffer`, at the start of the entry block, wherever they are used outside of the
/// block that defines them.
void keep_in_slots(llvm::AllocaInst& buffer, llvm::ArrayRef<OsrSlot> slots);

} // namespace ajit
