//===- ir_unit_test.cpp - The contents of a unit ------------------------------------------------------------------===//
#include "ir_test_support.h"
#include "unit.h"

#include <llvm/IR/Constants.h>
#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/Verifier.h>
#include <optional>

namespace ajit {
namespace {

using llvm::cantFail;

class UnitTest : public testing::Test {
protected:
  ModuleCopy& load(const std::string& text) { return *module_.emplace(text); }

  static UnitRequest request(Tier tier, std::vector<std::string> functions) {
    UnitRequest made;
    made.tier = tier;
    made.last_tier = tier == Tier::O3;
    for (std::string& function : functions)
      made.functions.push_back({std::move(function), /*counted=*/false});
    return made;
  }

  static unsigned calls_of(const llvm::Function& caller, const llvm::Function& callee) {
    unsigned count = 0;
    for (const llvm::Instruction& instruction : llvm::instructions(caller))
      if (auto* call = llvm::dyn_cast<llvm::CallBase>(&instruction)) count += call->getCalledFunction() == &callee;
    return count;
  }

private:
  std::optional<test::ModuleFromText> module_;
};

constexpr const char* recursive = R"(
define i64 @f(i64 %n) {
  %c = icmp eq i64 %n, 0
  br i1 %c, label %end, label %more
more:
  %m = sub i64 %n, 1
  %r = call i64 @f(i64 %m)
  ret i64 %r
end:
  ret i64 ptrtoint (ptr @f to i64)
}
)";

TEST_F(UnitTest, BodyCallsItselfThroughItsStubBelowTheLastTier) {
  Unit unit = build_unit(load(recursive), request(Tier::O2, {"f"}));
  llvm::Function* body = unit.module->getFunction("f$O2");
  llvm::Function* stub = unit.module->getFunction("f");
  ASSERT_TRUE(body && stub && stub->isDeclaration());
  EXPECT_EQ(calls_of(*body, *stub), 1u);
  EXPECT_FALSE(llvm::verifyModule(*unit.module, &llvm::errs()));
}

TEST_F(UnitTest, BodyOfTheLastTierCallsItselfDirectlyButItsAddressIsTheStub) {
  Unit unit = build_unit(load(recursive), request(Tier::O3, {"f"}));
  llvm::Function* body = unit.module->getFunction("f$O3");
  llvm::Function* stub = unit.module->getFunction("f");
  EXPECT_EQ(calls_of(*body, *body), 1u);
  EXPECT_EQ(calls_of(*body, *stub), 0u);
  EXPECT_FALSE(stub->use_empty()) << "the address that is returned is the stub's";
}

TEST_F(UnitTest, BodiesOfOneUnitCallOneAnotherDirectlyAtTheLastTierOnly) {
  const std::string pair = recursive + std::string(R"(
define i64 @twice(i64 %n) {
  %a = call i64 @f(i64 %n)
  %b = call i64 @f(i64 %a)
  %address = ptrtoint ptr @f to i64
  %r = add i64 %b, %address
  ret i64 %r
}
)");
  { // load() ends the context that its last module lives in
    Unit last = build_unit(load(pair), request(Tier::O3, {"twice", "f"}));
    llvm::Function* twice = last.module->getFunction("twice$O3");
    EXPECT_EQ(calls_of(*twice, *last.module->getFunction("f$O3")), 2u);
    EXPECT_FALSE(last.module->getFunction("f")->use_empty()) << "its address is the stub's";
    EXPECT_EQ(last.imported, 0u);
    EXPECT_FALSE(llvm::verifyModule(*last.module, &llvm::errs()));
  }
  Unit lower = build_unit(load(pair), request(Tier::O2, {"twice", "f"}));
  EXPECT_EQ(calls_of(*lower.module->getFunction("twice$O2"), *lower.module->getFunction("f")), 2u);
  EXPECT_FALSE(lower.module->getFunction("f")->isDeclaration()) << "it is there to be inlined";
  EXPECT_FALSE(llvm::verifyModule(*lower.module, &llvm::errs()));
}

constexpr const char* callees = R"(
define internal i64 @small(i64 %x) { %r = add i64 %x, 1  ret i64 %r }
define i64 @never_inlined(i64 %x) noinline { %r = mul i64 %x, 3  ret i64 %r }
define i64 @maybe(i64 %x) { %r = add i64 %x, 2  ret i64 %r }
define i64 @f(i64 %x) {
  %a = call i64 @small(i64 %x)
  %b = call i64 @never_inlined(i64 %a)
  %c = icmp eq i64 %b, 9
  br i1 %c, label %yes, label %no
yes:
  %d = call i64 @maybe(i64 %b)
  ret i64 %d
no:
  ret i64 %b
}
)";

TEST_F(UnitTest, LowTiersHoldOnlyWhatWasAskedFor) {
  Unit unit = build_unit(load(callees), request(Tier::O1, {"f"}));
  EXPECT_EQ(unit.imported, 0u);
  EXPECT_TRUE(unit.module->getFunction("small$0")->isDeclaration());
}

TEST_F(UnitTest, HighTiersImportSmallCalleesForInlining) {
  Unit unit = build_unit(load(callees), request(Tier::O2, {"f"}));
  EXPECT_EQ(unit.imported, 2u);
  EXPECT_TRUE(unit.module->getFunction("small$0")->hasAvailableExternallyLinkage());
  EXPECT_TRUE(unit.module->getFunction("never_inlined")->isDeclaration());
}

TEST_F(UnitTest, CalleesThatAreCertainToBeCalledMayJoin) {
  UnitRequest wanted = request(Tier::O0, {"f"});
  std::vector<std::string> asked;
  wanted.join = [&](llvm::StringRef symbol) -> std::optional<UnitFunction> {
    asked.push_back(symbol.str());
    if (symbol != "small$0") return std::nullopt;
    return UnitFunction{symbol.str(), false};
  };
  Unit unit = build_unit(load(callees), wanted);
  EXPECT_EQ(asked, (std::vector<std::string>{"small$0", "never_inlined"})) << "@maybe is called on one path only";
  ASSERT_EQ(unit.bodies.size(), 2u);
  EXPECT_EQ(unit.bodies[1].function, "small$0");
}

TEST_F(UnitTest, CalleesThatJoinAreInlinedAllTheSame) {
  UnitRequest wanted = request(Tier::O3, {"f"});
  wanted.join = [&](llvm::StringRef symbol) -> std::optional<UnitFunction> {
    if (symbol != "small$0") return std::nullopt;
    return UnitFunction{symbol.str(), false};
  };
  Unit unit = build_unit(load(callees), wanted);
  ASSERT_EQ(unit.bodies.size(), 2u);
  EXPECT_TRUE(unit.module->getFunction("small$0")->hasAvailableExternallyLinkage())
      << "it has a body of its own besides";
  EXPECT_FALSE(llvm::verifyModule(*unit.module, &llvm::errs()));
}

TEST_F(UnitTest, CountedBodyBeginsWithTheCounter) {
  UnitRequest wanted = request(Tier::O0, {"f"});
  wanted.functions[0].counted = true;
  Unit unit = build_unit(load(callees), wanted);
  llvm::Function* body = unit.module->getFunction("f$O0");
  ASSERT_TRUE(body->hasPrologueData());
  auto* bytes = llvm::cast<llvm::ConstantStruct>(body->getPrologueData());
  EXPECT_EQ(unit.module->getDataLayout().getTypeAllocSize(bytes->getType()), 13u);
  EXPECT_EQ(llvm::cast<llvm::ConstantInt>(bytes->getOperand(0))->getZExtValue(), 0x83u);
  EXPECT_TRUE(unit.module->getNamedGlobal("ajit!counter$f")) << "by its function's name: the unit knows no ids";
}

TEST_F(UnitTest, CanonicalFormDropsOptnoneAndSplitsFusedMultiplyAdd) {
  ModuleCopy& copy = load(R"(
    declare double @llvm.fmuladd.f64(double, double, double)
    define double @f(double %a) noinline optnone "target-features"="+sse2" {
      %slot = alloca double
      store double %a, ptr %slot
      %b = load double, ptr %slot
      %r = call double @llvm.fmuladd.f64(double %b, double %b, double %a)
      ret double %r
    })");
  llvm::Function* function = cantFail(copy.canonical("f"));
  EXPECT_FALSE(function->hasOptNone());
  EXPECT_FALSE(function->hasFnAttribute(llvm::Attribute::NoInline));
  for (const llvm::Instruction& instruction : llvm::instructions(*function))
    EXPECT_FALSE((llvm::isa<llvm::AllocaInst, llvm::CallInst>(instruction)));
}

TEST_F(UnitTest, CanonicalBlocksThatFollowOneAnotherAreOne) {
  llvm::Function* function = cantFail(load(R"(
    define i32 @f(i32 %n) {
      br label %head
    head:
      %i = phi i32 [ 0, %0 ], [ %next, %increment ]
      %c = icmp slt i32 %i, %n
      br i1 %c, label %body, label %exit
    body:
      %twice = mul i32 %i, 2
      br label %increment
    increment:
      %next = add i32 %twice, 1
      br label %head
    exit:
      br label %end
    end:
      ret i32 %i
    })")
                                          .canonical("f"));
  EXPECT_EQ(function->size(), 4u); // before the loop, its head, its body and what follows it
}

TEST_F(UnitTest, NoinlineThatSomebodyWroteStays) {
  llvm::Function* function = cantFail(load(callees).canonical("never_inlined"));
  EXPECT_TRUE(function->hasFnAttribute(llvm::Attribute::NoInline));
}

TEST_F(UnitTest, LabelTablesAreCopiedIntoEachBody) {
  Unit unit = build_unit(load(R"(
    @table = internal constant [2 x ptr] [ptr blockaddress(@f, %one), ptr blockaddress(@f, %two)]
    define i64 @f(i64 %x) {
      %slot = getelementptr [2 x ptr], ptr @table, i64 0, i64 %x
      %label = load ptr, ptr %slot
      indirectbr ptr %label, [label %one, label %two]
    one:
      ret i64 1
    two:
      ret i64 2
    })"),
                         request(Tier::O1, {"f"}));
  EXPECT_EQ(unit.bodies[0].traits.pinned, "");
  llvm::Function* body = unit.module->getFunction("f$O1");
  bool own_table = false;
  for (const llvm::GlobalVariable& variable : unit.module->globals())
    if (variable.hasPrivateLinkage() && variable.hasInitializer())
      own_table = llvm::cast<llvm::BlockAddress>(variable.getInitializer()->getOperand(0))->getFunction() == body;
  EXPECT_TRUE(own_table);
  EXPECT_FALSE(llvm::verifyModule(*unit.module, &llvm::errs()));
}

TEST_F(UnitTest, LabelAddressThatEscapesPinsTheFunction) {
  Unit unit = build_unit(load(R"(
    @place = global ptr null
    define void @f() {
      store ptr blockaddress(@f, %here), ptr @place
      br label %here
    here:
      ret void
    })"),
                         request(Tier::O0, {"f"}));
  EXPECT_EQ(unit.bodies[0].traits.pinned, "the address of a label escapes");
}

} // namespace
} // namespace ajit
