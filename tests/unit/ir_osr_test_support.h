//===- ir_osr_test_support.h - Runs bodies with checks, and continuations that follow them ------------------------===//
//
// A program is textual IR with a function to be replaced, `@f`, and `i64 @run(i64)`, which calls it. If it lacks @run,
// a default returns f(n). The test runs the program once unchanged, and then with `@f` as a unit with checks, where the
// test decides at which request a frame enters a continuation. LlvmCompiler compiles the units and ORC links them.
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
  std::vector<LoopFacts> loops();

  /// What run(`argument`) returns in a build without checks.
  int64_t expected(int64_t argument);

  /// A request: the loop that made it, and the tier of its body.
  struct Request {
    uint32_t loop;
    Tier tier;
    unsigned count; ///< of requests so far, this one included
  };

  /// Decides whether to grant a request, and at which tier.
  using Policy = std::function<std::optional<Tier>(const Request&)>;

  /// run(`argument`) with a body of `base`, in which `policy` decides. Continuations below O3 have checks.
  int64_t run(Tier base, int64_t argument, Policy policy);

  unsigned requests() const { return requests_; }
  unsigned transitions() const { return transitions_; }

  /// A unit with the whole body, or with a continuation; verified.
  Unit build(Tier tier, std::optional<uint32_t> loop, bool polled, bool checks_all = false);

  /// The module that units are built from.
  ModuleCopy& copy() { return *module_; }

private:
  friend void* on_request(void*, const int32_t* counter, uint32_t place);
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
  int32_t* counter_ = nullptr; ///< of the function, in `current_`
  Tier base_ = Tier::O0;
  Policy policy_;
  unsigned requests_ = 0, transitions_ = 0;
};

/// The function that callers enter: the body, or the continuation, that `unit` was built for.
llvm::Function* entry(const Unit& unit);

/// The function that has its code; a continuation's entry may only call it.
llvm::Function* body(const Unit& unit);

/// A policy that refuses every request.
std::optional<Tier> stay(const OsrProgram::Request& request);

/// Runs `program` from O0 to O1 to O2 to O3: in each body the first request after `patience` others is granted.
int64_t climb(OsrProgram& program, int64_t argument, unsigned patience);

/// Runs `program` with each loop × each of the first `firings` requests × base tiers O0 to O2 × continuations at O1 and
/// O3, and expects what the unmodified program returns; and, unless told otherwise, that each loop is reached.
void expect_same_everywhere(OsrProgram& program, int64_t argument, unsigned firings = 6, bool all_reached = true);

} // namespace ajit::test
