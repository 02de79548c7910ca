#include "llvm_compiler.h"
#include "clock.h"
#include "diagnostic_scope.h"
#include "error.h"
#include "tier_pipeline.h"

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/OptBisect.h>
#include <llvm/Support/SmallVectorMemoryBuffer.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

using namespace llvm;

namespace ajit {
namespace {

/// Lets the code generator leave out what it can once the code is not wanted any more.
class CodegenGate final : public OptPassGate {
public:
  CodegenGate(LLVMContext& context, function_ref<bool()> is_over)
      : context_(context), before_(context.getOptPassGate()), is_over_(is_over) {
    if (is_over_) context_.setOptPassGate(*this);
  }
  ~CodegenGate() override { context_.setOptPassGate(before_); }
  CodegenGate(const CodegenGate&) = delete;
  CodegenGate& operator=(const CodegenGate&) = delete;

  bool isEnabled() const override { return is_over_(); }
  bool shouldRunPass(StringRef, StringRef) override { return false; }

private:
  LLVMContext& context_;
  OptPassGate& before_;
  function_ref<bool()> is_over_;
};

} // namespace

/// A tier's target machine and the code generator's pass manager, which writes into `bytes`.
struct LlvmCompiler::Emitter {
  std::unique_ptr<TargetMachine> machine;
  SmallVector<char, 0> bytes;
  raw_svector_ostream stream{bytes};
  legacy::PassManager passes;
};

LlvmCompiler::LlvmCompiler(TargetSpec spec) : spec_(std::move(spec)) {}

LlvmCompiler::~LlvmCompiler() = default;

Expected<LlvmCompiler::Emitter*> LlvmCompiler::emitter(Tier tier) {
  std::unique_ptr<Emitter>& made = emitters_[tier_index(tier)];
  if (made) return made.get();
  auto fresh = std::make_unique<Emitter>();
  Expected<std::unique_ptr<TargetMachine>> machine = spec_.create_machine(tier);
  if (!machine) return machine.takeError();
  fresh->machine = std::move(*machine);
  if (fresh->machine->addPassesToEmitFile(fresh->passes, fresh->stream, nullptr, CodeGenFileType::ObjectFile,
                                          /*DisableVerify=*/true))
    return make_error("no code generator for {}: it cannot write object files", spec_.triple);
  made = std::move(fresh);
  return made.get();
}

void LlvmCompiler::adopt(LlvmCompiler& other) {
  for (Tier tier : all_tiers)
    if (std::unique_ptr<Emitter>& place = emitters_[tier_index(tier)]; !place)
      place = std::move(other.emitters_[tier_index(tier)]);
}

Expected<TargetMachine*> LlvmCompiler::machine(Tier tier) {
  Expected<Emitter*> made = emitter(tier);
  if (!made) return made.takeError();
  return (*made)->machine.get();
}

Expected<std::unique_ptr<MemoryBuffer>> LlvmCompiler::compile(Module& unit, Tier tier, CompileTimes& times,
                                                              function_ref<void()> inspect,
                                                              function_ref<bool()> is_over) {
  Expected<Emitter*> made = emitter(tier);
  if (!made) return made.takeError();
  Emitter& emitter = **made;
  DiagnosticScope diagnostics(unit.getContext());
  auto start = SteadyClock::now();
  run_pipeline(unit, tier, *emitter.machine, is_over);
  times.pipeline_ms += milliseconds(start, SteadyClock::now());
  if (is_over && is_over()) return make_error("the code is not wanted any more");
  inspect();
  CodegenGate gate(unit.getContext(), is_over);
  auto optimised = SteadyClock::now();
  emitter.passes.run(unit);
  auto emitted = SteadyClock::now();
  times.codegen_ms += milliseconds(optimised, emitted);
  SmallVector<char, 0> object = std::move(emitter.bytes);
  emitter.bytes.clear();
  if (!diagnostics.error().empty()) return make_error("{}", diagnostics.error());
  if (is_over && is_over()) return make_error("the code is not wanted any more");
  return std::make_unique<SmallVectorMemoryBuffer>(std::move(object), unit.getModuleIdentifier(),
                                                   /*RequiresNullTerminator=*/false);
}

Expected<std::string> LlvmCompiler::assembly(Module& unit, Tier tier) {
  Expected<TargetMachine*> shared = machine(tier);
  if (!shared) return shared.takeError();
  DiagnosticScope diagnostics(unit.getContext());
  SmallVector<char, 0> text;
  raw_svector_ostream stream(text);
  legacy::PassManager passes;
  if ((*shared)->addPassesToEmitFile(passes, stream, nullptr, CodeGenFileType::AssemblyFile, /*DisableVerify=*/true))
    return make_error("no assembly printer for {}", spec_.triple);
  passes.run(unit);
  if (!diagnostics.error().empty()) return make_error("{}", diagnostics.error());
  return std::string(text.begin(), text.end());
}

} // namespace ajit
