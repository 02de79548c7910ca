// A compiled unit is the same after it is written and read back; the reader refuses damage to any byte.
#include "error.h"
#include "ir_test_support.h"
#include "unit_bytes.h"

namespace ajit {
namespace {

using llvm::SmallVector;
using llvm::StringRef;

StringRef view(const SmallVector<char, 0>& bytes) { return {bytes.data(), bytes.size()}; }

/// A unit with two bodies, one of them refused, and all fields set.
CompiledUnit example() {
  test::ModuleFromText module("define i64 @f(i64 %x) { %r = add i64 %x, 1  ret i64 %r }");
  Unit built = test::unit_of(*module, "f");
  CompiledUnit unit;
  unit.kind = UnitKind::continuation;
  unit.tier = Tier::O3;
  unit.loop = 2;
  unit.imported = 7;
  unit.times = {1.5, 2.5, 3.5};
  CompiledBody& body = unit.bodies.emplace_back();
  body.function = "f";
  body.symbol = built.bodies[0].symbol;
  body.facts = {"naked", false, true, 48, 12, 3};
  body.loops = {{10, 1, no_loop, 99, ""}, {11, 2, 0, 0, "an exception handler"}};
  body.callees = {"g", "h"};
  CompiledBody& refused = unit.bodies.emplace_back();
  refused.function = "bad";
  refused.refusal = Failure{"invalid function: bad", FailureKind::refused};
  unit.object = llvm::cantFail(module.compiler().compile(*built.module, Tier::O0, unit.times));
  return unit;
}

std::string refusal(StringRef bytes) {
  llvm::Expected<CompiledUnit> unit = read_unit(bytes);
  if (unit) return "";
  EXPECT_TRUE(unit.errorIsA<Malformed>());
  return one_line(unit.takeError());
}

/// `bytes` after `change`, with a matching digest.
template <typename Change> SmallVector<char, 0> resealed(SmallVector<char, 0> bytes, Change change) {
  bytes.truncate(bytes.size() - 32);
  change(bytes);
  seal_unit(bytes);
  return bytes;
}

TEST(UnitBytes, WhatIsReadIsWhatWasWritten) {
  const CompiledUnit unit = example();
  EXPECT_EQ(llvm::cantFail(read_unit(view(write_unit(unit)))), unit);
  EXPECT_EQ(llvm::cantFail(read_unit(view(write_unit(CompiledUnit())))), CompiledUnit());
}

TEST(UnitBytes, TheSameUnitIsTheSameBytes) {
  const CompiledUnit unit = example();
  EXPECT_EQ(write_unit(unit), write_unit(unit));
}

TEST(UnitBytes, EveryFlippedBitIsFound) {
  SmallVector<char, 0> bytes = write_unit(example());
  for (char& byte : bytes)
    for (int bit = 0; bit != 8; ++bit) {
      byte = static_cast<char>(byte ^ 1 << bit);
      EXPECT_NE(refusal(view(bytes)), "") << "byte " << &byte - bytes.begin();
      byte = static_cast<char>(byte ^ 1 << bit);
    }
}

TEST(UnitBytes, EveryShorterOrLongerFileIsRefused) {
  SmallVector<char, 0> bytes = write_unit(example());
  for (size_t size = 0; size != bytes.size(); ++size)
    EXPECT_NE(refusal(view(bytes).take_front(size)), "") << size;
  bytes.push_back(0);
  EXPECT_NE(refusal(view(bytes)), "");
}

TEST(UnitBytes, RefusalsSayWhy) {
  const CompiledUnit unit = example();
  const SmallVector<char, 0> bytes = write_unit(unit);
  EXPECT_EQ(refusal("ELF"), "damaged compiled unit: it does not start with AJITUNIT");
  EXPECT_EQ(refusal(view(resealed(bytes, [](auto& changed) { changed[8] = 9; }))),
            "damaged compiled unit: it has version 9, this is version 1");
  EXPECT_EQ(refusal(view(resealed(bytes, [](auto& changed) { changed[13] = 4; }))), // the tier
            "damaged compiled unit: a length or a value does not fit");
  EXPECT_EQ(refusal(view(resealed(bytes, [](auto& changed) { changed.push_back(0); }))),
            "damaged compiled unit: extra bytes follow the unit");
  CompiledUnit other = unit;
  other.bodies[0].symbol = "g$O3";
  EXPECT_EQ(refusal(view(write_unit(other))), "damaged compiled unit: the object lacks g$O3");
  other = unit;
  other.bodies[0].loops[1].around = 1;
  EXPECT_EQ(refusal(view(write_unit(other))), "damaged compiled unit: the loops of f do not nest");
  other = unit;
  other.bodies[1].refusal.reset();
  EXPECT_EQ(refusal(view(write_unit(other))), "damaged compiled unit: bad must have either code or a refusal");
  other = unit;
  other.object[0] = 'F';
  EXPECT_EQ(refusal(view(write_unit(other))).find("damaged compiled unit: damaged object: "), 0u);
}

TEST(UnitBytes, LengthsThatCannotBeAreRefusedBeforeAnythingIsAllocated) {
  const SmallVector<char, 0> bytes = write_unit(CompiledUnit());
  // The number of bodies is the last but one of the 32-bit fields.
  const auto huge = resealed(bytes, [](auto& changed) {
    for (size_t i = changed.size() - 8; i != changed.size() - 4; ++i)
      changed[i] = '\xff';
  });
  EXPECT_EQ(refusal(view(huge)), "damaged compiled unit: a length or a value does not fit");
}

TEST(UnitSymbols, AreThoseOfTheObject) {
  test::ModuleFromText module("declare void @needed()\n define void @f() { call void @needed()  ret void }");
  Unit built = test::unit_of(*module, "f");
  CompiledUnit unit;
  unit.object = llvm::cantFail(module.compiler().compile(*built.module, Tier::O0, unit.times));
  const UnitSymbols symbols = llvm::cantFail(symbols_of(unit));
  EXPECT_EQ(symbols.defined, std::vector<std::string>{"f$O0"});
  EXPECT_EQ(symbols.needed, std::vector<std::string>{"needed"});
}

} // namespace
} // namespace ajit
