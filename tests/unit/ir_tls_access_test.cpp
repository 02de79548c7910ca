//===- ir_tls_access_test.cpp - Calls that replace thread-local variables -----------------------------------------===//
#include "ir_test_support.h"
#include "tls_access.h"
#include "unit.h"

#include <llvm/IR/InstIterator.h>
#include <llvm/IR/Instructions.h>
#include <llvm/IR/Verifier.h>

namespace ajit {
namespace {

using Part = ThreadLocalSymbol::Part;

/// The calls of symbols that stand for thread-local variables in the body that `function` gets at O0.
std::vector<std::string> asked_for(const char* text, const std::string& function) {
  test::ModuleFromText module(text);
  Unit unit = test::unit_of(*module, function);
  EXPECT_FALSE(llvm::verifyModule(*unit.module, &llvm::errs()));
  std::vector<std::string> variables;
  for (llvm::Function& body : *unit.module)
    for (llvm::Instruction& instruction : llvm::instructions(body)) {
      auto* call = llvm::dyn_cast<llvm::CallInst>(&instruction);
      if (!call || !call->getCalledFunction()) continue;
      auto accessor = parse_thread_local_symbol(call->getCalledFunction()->getName());
      if (!accessor) continue;
      auto argument = parse_thread_local_symbol(call->getArgOperand(0)->getName());
      EXPECT_EQ(accessor->part, Part::accessor);
      EXPECT_TRUE(argument && argument->part == Part::argument && argument->variable == accessor->variable);
      variables.push_back(accessor->variable.str());
    }
  return variables;
}

constexpr const char* variables = R"(
@elsewhere = external thread_local global i32
@weak = extern_weak thread_local global i32
@inlined = linkonce_odr thread_local global i32 1
@secret = linkonce_odr hidden thread_local global i32 1
@own = thread_local global i32 2
@local = internal thread_local global i32 3
define void @all() {
  store i32 1, ptr @elsewhere
  store i32 1, ptr @weak
  store i32 1, ptr @inlined
  store i32 1, ptr @secret
  store i32 1, ptr @own
  store i32 1, ptr @local
  ret void
}
declare ptr @llvm.threadlocal.address.p0(ptr)
define i32 @intrinsic() {
  %a = call ptr @llvm.threadlocal.address.p0(ptr @elsewhere)
  %b = call ptr @llvm.threadlocal.address.p0(ptr @own)
  %v = load i32, ptr %a
  store i32 %v, ptr %b
  store i32 5, ptr %a
  ret i32 %v
}
define ptr @edges(i32 %x) {
entry:
  switch i32 %x, label %other [i32 0, label %end
                               i32 1, label %end]
other:
  br label %end
end:
  %p = phi ptr [getelementptr (i8, ptr @elsewhere, i64 2), %entry], [getelementptr (i8, ptr @elsewhere, i64 2), %entry],
               [null, %other]
  ret ptr %p
}
)";

TEST(TlsAccess, WhatOthersMayDefineIsAskedForAndTheModulesOwnIsNot) {
  EXPECT_EQ(asked_for(variables, "all"), (std::vector<std::string>{"elsewhere", "weak", "inlined"}));
}

TEST(TlsAccess, TheIntrinsicGoesAndItsResultIsAskedForOnce) {
  EXPECT_EQ(asked_for(variables, "intrinsic"), (std::vector<std::string>{"elsewhere"}));
}

TEST(TlsAccess, AMarkOfAPlaceInAVariableMovesToTheVariable) {
  test::ModuleFromText module(R"(
@own = thread_local global [4 x i32] zeroinitializer
@middle = thread_local alias i32, getelementptr ([4 x i32], ptr @own, i64 0, i64 2)
declare ptr @llvm.threadlocal.address.p0(ptr)
define ptr @place() {
  %p = call ptr @llvm.threadlocal.address.p0(ptr @middle)
  ret ptr %p
}
)");
  Unit unit = test::unit_of(*module, "place");
  EXPECT_FALSE(llvm::verifyModule(*unit.module, &llvm::errs()));
}

TEST(TlsAccess, EdgesFromOneBlockBringOneAddress) { EXPECT_FALSE(asked_for(variables, "edges").empty()); }

TEST(TlsAccess, OtherNamesAreNotTakenForSuchSymbols) {
  EXPECT_FALSE(parse_thread_local_symbol("elsewhere"));
  EXPECT_FALSE(parse_thread_local_symbol("ajit!tls"));
  EXPECT_EQ(parse_thread_local_symbol("ajit!tls$a$b")->variable, "a$b");
}

} // namespace
} // namespace ajit
