//===- ir_osr_test_support.h - Runs bodies with checks and the continuations they go on in ------------------------===//
//
// A program is textual IR with a function to be replaced, `@f`, and `i64 @run(i64)` which calls it; where there is
// none, one that returns f(n). It is run once as it is, and then with its function as a unit with checks, where the
// test decides at which request a continuation is entered. Units are compiled by LlvmCompiler and linked by ORC.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "ir_test_support.h"
#include "osr_check.h"
#include "osr_late.h"
#include "unit.h"

#include <functional>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ajit::test {

class OsrProgram {
public:
  explicit OsrProgram(const std::string& text);
  ~OsrProgram();

  /// The loops of the function.
  std::vector<LoopTraits> loops();

  /// What run(`argument`) returns in a build without checks.
  int64_t expected(int64_t argument);

  /// A request that was made: which loop by, and a body of which tier.
  struct Request {
    uint32_t loop;
    Tier tier;
    unsigned count; ///< of requests so far, this one included
  };

  /// Decides whether a request is granted, and at which tier.
  using Policy = std::function<std::optional<Tier>(const Request&)>;

  /// run(`argument`) with a body of `base`, in which `policy` decides. Continuations below O3 have checks.
  int64_t run(Tier base, int64_t argument, Policy policy);

  unsigned requests() const { return requests_; }
  unsigned transitions() const { return transitions_; }

  /// A unit with the whole body, or with a continuation; verified.
  Unit build(Tier tier, std::optional<uint32_t> loop, bool polled, bool checks_all = false);

  /// What units are built from.
  ModuleCopy& copy() { return *module_; }

private:
  friend void* on_request(void*, uint64_t place);
  using Run = int64_t (*)(int64_t);

  void* code(Tier tier, std::optional<uint32_t> loop);
  Run linked(Tier base);
  void add_driver(llvm::orc::JITDylib& library, bool with_function);

  const std::string text_;
  ModuleFromText module_;
  std::unique_ptr<llvm::orc::LLJIT> jit_;
  std::map<Tier, llvm::orc::JITDylib*> libraries_; ///< by the base's tier
  std::map<std::tuple<Tier, Tier, int>, void*> code_;
  llvm::orc::JITDylib* current_ = nullptr;
  Tier base_ = Tier::O0;
  Policy policy_;
  unsigned requests_ = 0, transitions_ = 0;
};

/// What is called as the body, or the continuation, that `unit` was built for.
llvm::Function* entry(const Unit& unit);

/// Where its code is, which a continuation's entry may only call.
llvm::Function* body(const Unit& unit);

/// A policy that grants nothing.
std::optional<Tier> stay(const OsrProgram::Request& request);

/// Runs `program` from O0 to O1 to O2 to O3: in each body the first request after `patience` others is granted.
int64_t climb(OsrProgram& program, int64_t argument, unsigned patience);

/// Runs `program` with each loop × each of the first `firings` requests × base tiers O0 to O2 × continuations at O1 and
/// O3, and expects what the unmodified program returns; and, unless told otherwise, that each loop is reached.
void expect_same_everywhere(OsrProgram& program, int64_t argument, unsigned firings = 6, bool all_reached = true);

} // namespace ajit::test
