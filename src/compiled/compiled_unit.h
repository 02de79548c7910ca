//===- compiled_unit.h - The result of a compile ------------------------------------------------------------------===//
//
// A CompiledUnit is a value: an object file and, for each function in it, the facts that its user needs. It holds no
// address, no FunctionId and no pointer into IR. It refers to functions by their symbols, which the user maps to its
// own ids, and to the runtime by symbols too (runtime_symbols.h). So a unit can be kept, compared, written to a file
// (unit_bytes.h) or sent, and linked into any process whose program has the same functions.
//
// compile/ makes units; link/ and object/ use them.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "body_facts.h"
#include "compile_times.h"
#include "result.h"
#include "tier.h"

#include <llvm/ADT/SmallVector.h>
#include <llvm/Support/Error.h>
#include <optional>
#include <string>
#include <vector>

namespace ajit {

/// The result of a compile for one function.
struct CompiledBody {
  std::string function;             ///< symbol of the function
  std::string symbol;               ///< of its body in the object; empty if the body was refused
  std::string label_table;          ///< symbol of the table of its labels; empty if it is not needed
  BodyFacts facts;                  ///< meaningless if the body was refused, as are the next two
  std::vector<LoopFacts> loops;     ///< by index; empty if the body has no checks
  std::vector<std::string> callees; ///< symbols of functions that every call reaches, if the order let them join
  std::optional<Failure> refusal;   ///< set: the object lacks this body, for this reason

  bool operator==(const CompiledBody&) const = default;
};

/// What kind of object it is.
enum class UnitKind : uint8_t {
  bodies,       ///< whole functions
  continuation, ///< the rest of one function, from the head of a loop on
  data,         ///< a module's variables, and bodies that must be in one object with them
};

struct CompiledUnit {
  UnitKind kind = UnitKind::bodies;
  Tier tier = Tier::O0;
  uint32_t loop = 0;     ///< of a continuation: index of the loop
  uint32_t imported = 0; ///< bodies imported for inlining
  std::string marker;    ///< of data: a symbol that the object always defines
  CompileTimes times;
  std::vector<CompiledBody> bodies;
  llvm::SmallVector<char, 0> object; ///< a relocatable ELF file; empty if every body was refused, or there is no data

  bool operator==(const CompiledUnit&) const = default;
};

/// The symbols that an object defines for others and needs from them. Read from the object, so they always match it.
struct UnitSymbols {
  std::vector<std::string> defined;
  std::vector<std::string> needed;
};

/// Fails with Malformed if LLVM cannot read the unit's object as an ELF file. O(symbols).
llvm::Expected<UnitSymbols> symbols_of(const CompiledUnit& unit);

} // namespace ajit
