#include "ir_test_support.h"
#include "pointer_flow.h"

#include <llvm/IR/InstIterator.h>

namespace ajit {
namespace {

using test::ParsedModule;

// Functions that take an address. Only @unknown lacks a body.
constexpr const char* pointer_callees = R"(
@global = global ptr null
declare void @unknown(ptr)
declare void @promised(ptr nocapture)
define linkonce_odr void @construct(ptr %this, ptr %begin) {
  call void @construct_base(ptr %this, ptr %begin)
  ret void
}
define internal void @construct_base(ptr %this, ptr %begin) {
  store ptr %begin, ptr %this
  ret void
}
define linkonce_odr ptr @element(ptr %this, i64 %i) {
  %element = getelementptr i32, ptr %this, i64 %i
  ret ptr %element
}
define linkonce_odr ptr @begin(ptr %this) {
  %begin = load ptr, ptr %this
  ret ptr %begin
}
define void @publish(ptr %this) {
  store ptr %this, ptr @global
  ret void
}
define void @recurse(ptr %this) {
  call void @recurse(ptr %this)
  ret void
}
define void @assembly(ptr %this) naked { unreachable }
)";

/// The names of the values that may point into %local in a function with this body, or "escapes".
std::string flow_of(const std::string& body) {
  ParsedModule module(std::string(pointer_callees) +
                      "define i64 @f(ptr %other, i64 %n) {\n  %local = alloca [8 x i64]\n" + body + "\n}\n");
  llvm::Function& f = *module->getFunction("f");
  PointerFlow flow([](llvm::Function& callee) { return callee.isDeclaration() ? nullptr : &callee; });
  auto derived = flow.derived_from(f.getEntryBlock().front());
  if (!derived) return "escapes";
  std::string names;
  for (llvm::Instruction& instruction : llvm::instructions(f))
    if (derived->contains(&instruction)) names += (names.empty() ? "" : " ") + instruction.getName().str();
  return names;
}

TEST(PointerFlow, StaysWithWhoeverOnlyReadsAndWritesThere) {
  EXPECT_EQ(flow_of("%p = getelementptr i64, ptr %local, i64 %n\n store i64 1, ptr %p\n"
                    "%v = load i64, ptr %local\n ret i64 %v"),
            "local p");
}

TEST(PointerFlow, GoesOnInCalleesThatHaveABody) {
  EXPECT_EQ(flow_of("call void @construct(ptr %local, ptr %other)\n ret i64 0"), "local");
  EXPECT_EQ(flow_of("call void @construct(ptr %other, ptr %local)\n ret i64 0"), "escapes") << "it is stored there";
  EXPECT_EQ(flow_of("call void @publish(ptr %local)\n ret i64 0"), "escapes");
}

TEST(PointerFlow, FollowsWhatACalleeReturns) {
  EXPECT_EQ(flow_of("%p = call ptr @element(ptr %local, i64 %n)\n store i64 1, ptr %p\n ret i64 0"), "local p");
  EXPECT_EQ(flow_of("%p = call ptr @element(ptr %local, i64 %n)\n store ptr %p, ptr %other\n ret i64 0"), "escapes");
}

TEST(PointerFlow, WhatIsLoadedFromItPointsElsewhere) {
  EXPECT_EQ(flow_of("%p = call ptr @begin(ptr %local)\n store ptr %p, ptr %other\n ret i64 0"), "local");
}

TEST(PointerFlow, TakesUnknownCalleesAtTheirWordOnly) {
  EXPECT_EQ(flow_of("call void @unknown(ptr %local)\n ret i64 0"), "escapes");
  EXPECT_EQ(flow_of("call void @promised(ptr %local)\n ret i64 0"), "local");
  EXPECT_EQ(flow_of("call void %other(ptr %local)\n ret i64 0"), "escapes");
  EXPECT_EQ(flow_of("call void @assembly(ptr %local)\n ret i64 0"), "escapes");
}

TEST(PointerFlow, GivesUpOnRecursion) { EXPECT_EQ(flow_of("call void @recurse(ptr %local)\n ret i64 0"), "escapes"); }

TEST(PointerFlow, ComparesWithNullAndWithItselfOnly) {
  EXPECT_EQ(flow_of("%p = getelementptr i64, ptr %local, i64 %n\n %c = icmp eq ptr %p, %local\n"
                    "%d = icmp eq ptr %p, null\n ret i64 0"),
            "local p");
  EXPECT_EQ(flow_of("%c = icmp eq ptr %local, %other\n ret i64 0"), "escapes");
}

TEST(PointerFlow, AnAddressAsANumberEscapes) {
  EXPECT_EQ(flow_of("%n1 = ptrtoint ptr %local to i64\n ret i64 %n1"), "escapes");
  EXPECT_EQ(flow_of("%v = load volatile i64, ptr %local\n ret i64 %v"), "escapes");
}

} // namespace
} // namespace ajit
