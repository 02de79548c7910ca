#include "target_spec.h"
#include "error.h"

#include <llvm/ADT/StringMap.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/Support/TargetSelect.h>
#include <llvm/Target/TargetMachine.h>
#include <llvm/TargetParser/Host.h>
#include <llvm/TargetParser/SubtargetFeature.h>
#include <mutex>

using namespace llvm;

namespace ajit {
namespace {

void register_targets() {
  static std::once_flag once;
  std::call_once(once, [] {
    InitializeNativeTarget();
    InitializeNativeTargetAsmPrinter();
    InitializeNativeTargetAsmParser(); // inline assembly
  });
}

/// Keeps the part of the host's tuning that limits vector widths, as wide vectors slow some processors down.
void keep_vector_limits(const std::string& triple, SubtargetFeatures& features) {
  register_targets();
  std::string why;
  const Target* target = TargetRegistry::lookupTarget(triple, why);
  if (!target) return;
  std::unique_ptr<MCSubtargetInfo> host(target->createMCSubtargetInfo(triple, sys::getHostCPUName(), ""));
  for (StringRef limit : {"+prefer-128-bit", "+prefer-256-bit"})
    if (host && host->checkFeatures(limit)) features.AddFeature(limit.drop_front());
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
  TargetSpec spec;
  spec.triple = sys::getProcessTriple();
  spec.cpu = "generic";
  SubtargetFeatures features;
  for (const auto& feature : sys::getHostCPUFeatures())
    features.AddFeature(feature.first(), feature.second);
  keep_vector_limits(spec.triple, features);
  spec.features = features.getString();
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
