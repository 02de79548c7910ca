#include "llvm_compiler.h"
#include "clock.h"
#include "compile_gate.h"
#include "diagnostic_scope.h"
#include "error.h"
#include "tier_pipeline.h"
#include "warm_up.h"

#include <llvm/IR/LLVMContext.h>
#include <llvm/IR/LegacyPassManager.h>
#include <llvm/IR/Module.h>
#include <llvm/IR/OptBisect.h>
#include <llvm/Support/raw_ostream.h>
#include <llvm/Target/TargetMachine.h>

using namespace llvm;

namespace ajit {
namespace {

/// Lets the code generator skip its optional passes once the code is no longer wanted.
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

/// The pass manager writes into `bytes`.
struct LlvmEmitter {
  static Expected<std::unique_ptr<LlvmEmitter>> make(const TargetSpec& spec, Tier tier);

  std::unique_ptr<TargetMachine> machine;
  SmallVector<char, 0> bytes;
  raw_svector_ostream stream{bytes};
  legacy::PassManager passes;
};

Expected<std::unique_ptr<LlvmEmitter>> LlvmEmitter::make(const TargetSpec& spec, Tier tier) {
  auto fresh = std::make_unique<LlvmEmitter>();
  Expected<std::unique_ptr<TargetMachine>> machine = spec.create_machine(tier);
  if (!machine) return machine.takeError();
  fresh->machine = std::move(*machine);
  if (fresh->machine->addPassesToEmitFile(fresh->passes, fresh->stream, nullptr, CodeGenFileType::ObjectFile,
                                          /*DisableVerify=*/true))
    return make_error("no code generator for {}: it cannot write object files", spec.triple);
  return fresh;
}

LlvmCompiler::LlvmCompiler(TargetSpec spec, LlvmCompilerFactory* factory)
    : spec_(std::move(spec)), features_(spec_), factory_(factory) {}

LlvmCompiler::~LlvmCompiler() = default;

Expected<LlvmEmitter*> LlvmCompiler::emitter(Tier tier) {
  std::unique_ptr<LlvmEmitter>& made = emitters_[tier_index(tier)];
  if (made) return made.get();
  const CompileGate::Inside inside; // passes register
  if (factory_) made = factory_->take(tier);
  if (!made) {
    Expected<std::unique_ptr<LlvmEmitter>> fresh = LlvmEmitter::make(spec_, tier);
    if (!fresh) return fresh.takeError();
    made = std::move(*fresh);
  }
  return made.get();
}

LlvmCompilerFactory::LlvmCompilerFactory(TargetSpec spec) : spec_(std::move(spec)) {}

LlvmCompilerFactory::~LlvmCompilerFactory() = default;

std::unique_ptr<UnitCompiler> LlvmCompilerFactory::make() { return std::make_unique<LlvmCompiler>(spec_, this); }

void LlvmCompilerFactory::warm_up(Tier tier, function_ref<bool()> is_over) {
  Expected<std::unique_ptr<LlvmEmitter>> made = LlvmEmitter::make(spec_, tier);
  if (!made) return consumeError(made.takeError()); // the compile that needs one meets the same error
  if (is_over()) return keep(tier, std::move(*made));
  {
    const CompileGate::Window forks_pass;
    warm_up_process(*(*made)->machine, spec_.usual_features(tier), is_over);
  }
  keep(tier, std::move(*made));
}

void LlvmCompilerFactory::keep(Tier tier, std::unique_ptr<LlvmEmitter> emitter) {
  MutexLock lock(mutex_);
  warm_[tier_index(tier)] = std::move(emitter);
}

std::unique_ptr<LlvmEmitter> LlvmCompilerFactory::take(Tier tier) {
  MutexLock lock(mutex_);
  return std::move(warm_[tier_index(tier)]);
}

Expected<TargetMachine*> LlvmCompiler::machine(Tier tier) {
  Expected<LlvmEmitter*> made = emitter(tier);
  if (!made) return made.takeError();
  return (*made)->machine.get();
}

Expected<ObjectBytes> LlvmCompiler::compile(Module& unit, Tier tier, CompileTimes& times, function_ref<void()> inspect,
                                            function_ref<bool()> is_over) {
  auto cancelled = [] { return make_typed<Cancelled>("the code is no longer needed"); };
  Expected<LlvmEmitter*> made = emitter(tier);
  if (!made) return made.takeError();
  LlvmEmitter& emitter = **made;
  DiagnosticScope diagnostics(unit.getContext());
  auto start = SteadyClock::now();
  features_.choose(unit, tier);
  run_pipeline(unit, tier, *emitter.machine, is_over);
  times.pipeline_ms += milliseconds(start, SteadyClock::now());
  if (is_over && is_over()) return cancelled();
  inspect();
  CodegenGate gate(unit.getContext(), is_over);
  auto optimised = SteadyClock::now();
  emitter.passes.run(unit);
  auto emitted = SteadyClock::now();
  times.codegen_ms += milliseconds(optimised, emitted);
  ObjectBytes object = std::move(emitter.bytes);
  emitter.bytes.clear();
  if (!diagnostics.error().empty()) return make_typed<Refused>("{}", diagnostics.error());
  if (is_over && is_over()) return cancelled();
  return object;
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
