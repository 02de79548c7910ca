#include "target_spec.h"
#include "error.h"

#include <llvm/ADT/StringMap.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/CommandLine.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/SubtargetFeature.h>
#include <mutex>

using namespace llvm;

namespace ajit {
namespace {

/// What every x86-64 processor has.
constexpr const char* baseline = "+cmov,+cx8,+fxsr,+mmx,+nopl,+sse,+sse2,+x87";

/// Features that code generation uses of its own accord, that speed code up, and that change no result.
constexpr StringLiteral wider[] = {"sse3", "ssse3", "sse4.1", "sse4.2", "avx",   "avx2",  "avxvnni",
                                   "bmi",  "bmi2",  "fma",    "gfni",   "lzcnt", "movbe", "popcnt"};

/// The same, but they imply F16C, which changes results (ir/bodies/feature_needs.h).
constexpr StringLiteral avx512[] = {"avx512f",  "avx512bitalg", "avx512bw",        "avx512cd",
                                    "avx512dq", "avx512ifma",   "avx512vbmi",      "avx512vbmi2",
                                    "avx512vl", "avx512vnni",   "avx512vpopcntdq", "evex512"};

/// The part of the host's tuning that limits vector widths, as wide vectors slow some processors down.
std::vector<StringRef> vector_limits(const std::string& triple) {
  std::vector<StringRef> limits;
  std::string why;
  const Target* target = TargetRegistry::lookupTarget(triple, why);
  if (!target) return limits;
  std::unique_ptr<MCSubtargetInfo> host(target->createMCSubtargetInfo(triple, sys::getHostCPUName(), ""));
  for (StringRef limit : {"+prefer-128-bit", "+prefer-256-bit"})
    if (host && host->checkFeatures(limit)) limits.push_back(limit.drop_front());
  return limits;
}

/// X86DomainReassignment takes time that grows with the square of a block's length, to save moves between mask and
/// general registers. It runs on AVX-512 only, and makes a compile of 5,000 straight statements take four times as
/// long.
void disable_costly_passes() {
  auto option = cl::getRegisteredOptions().find("disable-x86-domain-reassignment");
  if (option != cl::getRegisteredOptions().end()) static_cast<cl::opt<bool>*>(option->second)->setValue(true);
}

void register_targets() {
  static std::once_flag once;
  std::call_once(once, [] {
    InitializeNativeTarget();
    InitializeNativeTargetAsmPrinter();
    InitializeNativeTargetAsmParser(); // inline assembly
    disable_costly_passes();
  });
}

/// In bytes. With 16, the value of generic tuning, a small loop took up to 1.4 times as long, depending on where its
/// function happened to begin.
constexpr unsigned loop_alignment = 32;

CodeGenOptLevel codegen_level(Tier tier) {
  switch (tier) {
  case Tier::O0:
    return CodeGenOptLevel::None;
  case Tier::O1:
    return CodeGenOptLevel::Less;
  case Tier::O2:
    return CodeGenOptLevel::Default;
  case Tier::O3:
    return CodeGenOptLevel::Aggressive;
  }
  return CodeGenOptLevel::None;
}

} // namespace

TargetSpec TargetSpec::host() {
  register_targets();
  TargetSpec spec;
  spec.triple = sys::getProcessTriple();
  spec.cpu = "generic";
  spec.bitcode_features = true;
  const StringMap<bool> host = sys::getHostCPUFeatures();
  SubtargetFeatures features(baseline);
  // Atomics of 16 bytes: without it they are calls of libatomic, which executes the same instruction.
  features.AddFeature("cx16", host.lookup("cx16"));
  spec.features = features.getString();
  for (StringRef limit : vector_limits(spec.triple))
    features.AddFeature(limit);
  auto add = [&](ArrayRef<StringLiteral> names) {
    for (StringRef name : names)
      if (host.lookup(name)) features.AddFeature(name);
  };
  add(wider);
  spec.wider_without_avx512 = features.getString();
  add(avx512);
  spec.wider_features = features.getString();
  return spec;
}

Expected<std::unique_ptr<TargetMachine>> TargetSpec::create_machine(Tier tier) const {
  register_targets();
  std::string why;
  const Target* target = TargetRegistry::lookupTarget(triple, why);
  if (!target) return make_error("no code generator for {}: {}", triple, why);
  TargetOptions options;
  options.LoopAlignment = loop_alignment;
  // As clang -O0 does: jumps stay in their long form, which saves the assembler the repeated search for short ones.
  options.MCOptions.MCRelaxAll = tier == Tier::O0;
  std::unique_ptr<TargetMachine> machine(
      target->createTargetMachine(triple, cpu, features, options, position_independent ? Reloc::PIC_ : Reloc::Static,
                                  CodeModel::Small, codegen_level(tier), /*JIT=*/false));
  if (!machine) return make_error("no code generator for {}: the target cannot be created", triple);
  return machine;
}

} // namespace ajit
