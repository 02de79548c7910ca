//===- ir_known_branches_test.cpp - Merges of constants that are branched on --------------------------------------===//
#include "ir_osr_test_support.h"
#include "known_branches.h"

#include <llvm/IR/Instructions.h>
#include <llvm/IR/Verifier.h>

namespace ajit::test {
namespace {

using namespace llvm;

/// @f of `text` once its known branches are threaded.
class Threaded {
public:
  explicit Threaded(const std::string& text) : module_(text), function_(*module_->getFunction("f")) {
    thread_known_branches(function_);
    EXPECT_FALSE(verifyFunction(function_, &errs()));
  }

  BasicBlock* block(StringRef name) {
    for (BasicBlock& block : function_)
      if (block.getName() == name) return &block;
    return nullptr;
  }

  /// Whether an edge leads from one block to the other.
  bool leads(StringRef from, StringRef to) {
    BasicBlock* block = this->block(from);
    return block && is_contained(successors(block), this->block(to));
  }

private:
  ParsedModule module_;
  Function& function_;
};

TEST(KnownBranches, AConstantGoesWhereItsBranchLeads) {
  // if (a && b) with the condition stored in an int, as macros of C programs do.
  Threaded f(R"(
    define i32 @f(i1 %a, i1 %b) {
    entry:
      br i1 %a, label %right, label %merge
    right:
      %b1 = zext i1 %b to i32
      br label %merge
    merge:
      %v = phi i32 [ 0, %entry ], [ %b1, %right ]
      %w = sext i32 %v to i64
      %c = icmp ne i64 %w, 0
      br i1 %c, label %yes, label %no
    yes:
      ret i32 1
    no:
      ret i32 2
    })");
  EXPECT_TRUE(f.leads("entry", "no"));
  EXPECT_TRUE(f.leads("right", "yes")); // the merge has one predecessor left and was joined to it
  EXPECT_EQ(f.block("merge"), nullptr);
}

TEST(KnownBranches, MergesOfMergesAreSeenThrough) {
  // if (a ? 1 : b ? 1 : 0), with another phi that must still distinguish the paths.
  Threaded f(R"(
    define i32 @f(i1 %a, i1 %b) {
    entry:
      br i1 %a, label %outer, label %second
    second:
      br i1 %b, label %third, label %inner
    third:
      br label %inner
    inner:
      %x = phi i32 [ 1, %third ], [ 0, %second ]
      br label %outer
    outer:
      %v = phi i32 [ 1, %entry ], [ %x, %inner ]
      %c = icmp ne i32 %v, 0
      br i1 %c, label %yes, label %no
    yes:
      br label %no
    no:
      %r = phi i32 [ 1, %yes ], [ 2, %outer ]
      ret i32 %r
    })");
  EXPECT_TRUE(f.leads("entry", "yes"));
  EXPECT_TRUE(f.leads("second", "no"));
  EXPECT_TRUE(f.leads("third", "yes"));
  EXPECT_EQ(f.block("inner"), nullptr);
  EXPECT_EQ(f.block("outer"), nullptr);
}

TEST(KnownBranches, LoopsKeepTheirHeadersAndTheirWaysBack) {
  // The first round is known to run, and the second merge to lead back. Threading either would bypass a header.
  Threaded f(R"(
    define i32 @f(i1 %a, i1 %b) {
    entry:
      br label %header
    header:
      %go = phi i1 [ true, %entry ], [ %b, %latch ]
      br i1 %go, label %body, label %exit
    body:
      br i1 %a, label %again, label %latch
    again:
      br label %merge
    latch:
      br i1 %b, label %header, label %merge
    merge:
      %v = phi i1 [ true, %again ], [ %b, %latch ]
      br i1 %v, label %body, label %exit
    exit:
      ret i32 1
    })");
  EXPECT_TRUE(f.leads("entry", "header"));
  EXPECT_TRUE(f.leads("again", "merge"));
}

TEST(KnownBranches, ConstantBranchesAndWhatOnlyTheyLeadToGo) {
  // The result of a macro's comma expressions: (n = x, 1) && …
  Threaded f(R"(
    define i32 @f(i1 %a, ptr %p) {
    entry:
      store i32 1, ptr %p
      br i1 true, label %second, label %dead
    second:
      br i1 false, label %dead, label %yes
    dead:
      br label %also
    also:
      br i1 %a, label %yes, label %no
    yes:
      %r = phi i32 [ 1, %second ], [ 2, %also ]
      ret i32 %r
    no:
      ret i32 3
    })");
  EXPECT_TRUE(f.leads("second", "yes"));
  for (const char* gone : {"dead", "also", "no"})
    EXPECT_EQ(f.block(gone), nullptr) << gone;
}

TEST(KnownBranches, WhatTheOneWaySetsIsNotCarriedRoundTheLoopForTheOther) {
  // for (i = 0; i < n; i++) { double x; if (i % 2 ? (x = i, 1) : 0) s += x; } with its variables in memory.
  OsrProgram program(R"(
    define i64 @f(i64 %n) {
    entry:
      %x = alloca double
      br label %loop
    loop:
      %i = phi i64 [ 0, %entry ], [ %i1, %next ]
      %s = phi double [ 0.0, %entry ], [ %s2, %next ]
      %odd = trunc i64 %i to i1
      br i1 %odd, label %set, label %merge
    set:
      %d = sitofp i64 %i to double
      store double %d, ptr %x
      br label %merge
    merge:
      %v = phi i32 [ 0, %loop ], [ 1, %set ]
      %c = icmp ne i32 %v, 0
      br i1 %c, label %use, label %next
    use:
      %y = load double, ptr %x
      %s1 = fadd double %s, %y
      br label %next
    next:
      %s2 = phi double [ %s, %merge ], [ %s1, %use ]
      %i1 = add i64 %i, 1
      %more = icmp slt i64 %i1, %n
      br i1 %more, label %loop, label %exit
    exit:
      %r = fptosi double %s2 to i64
      ret i64 %r
    })");
  Function* canonical = cantFail(program.copy().canonical("f"));
  FunctionTraits traits = function_traits(*canonical);
  OsrPoints points = find_osr_points(*canonical, traits);
  ASSERT_EQ(points.points.size(), 1u);
  EXPECT_EQ(points.points[0].values.size(), 3u); // n, i, s and no x
  expect_same_everywhere(program, 9);
}

} // namespace
} // namespace ajit::test
