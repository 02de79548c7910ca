#include "function_features.h"
#include "unit_marks.h"

#include <llvm/ADT/StringExtras.h>
#include <llvm/IR/Module.h>
#include <llvm/MC/MCSubtargetInfo.h>
#include <llvm/MC/TargetRegistry.h>
#include <llvm/TargetParser/X86TargetParser.h>

using namespace llvm;

namespace ajit {
namespace {

constexpr const char* features_attribute = "target-features";

bool may_use_host(const Function& function, Tier tier) {
  return tier != Tier::O0 && !function.isDeclarationForLinker() && !function.hasFnAttribute(keeps_features_attribute);
}

bool is_without_avx512(const Function& function) { return function.hasFnAttribute(without_avx512_attribute); }

/// The features of processor `cpu`, each with a plus; none for a name that clang does not know.
std::string features_of_processor(StringRef cpu) {
  if (X86::parseArchX86(cpu) == X86::CK_None) return {};
  SmallVector<StringRef> features;
  X86::getFeaturesForCPU(cpu, features, /*NeedPlus=*/true);
  return join(features, ",");
}

/// Whether `function` must not use the host's features, and will be part of its callers, whatever theirs are.
bool is_forced_on_callers(const Function& function) {
  return function.hasAvailableExternallyLinkage() && function.hasFnAttribute(Attribute::AlwaysInline) &&
         function.hasFnAttribute(keeps_features_attribute);
}

} // namespace

void FunctionFeatures::choose(Module& unit, Tier tier) {
  // Any function of the unit may be inlined into any other.
  Wider wider = any_of(unit, is_without_avx512) ? Wider::host_without_avx512 : Wider::host;
  if (any_of(unit, is_forced_on_callers)) wider = Wider::nothing;
  for (Function& function : unit)
    if (!function.isIntrinsic()) set(function, may_use_host(function, tier) ? wider : Wider::nothing);
}

/// The name of a processor would bring its tuning along, so features stand for it.
void FunctionFeatures::set(Function& function, Wider wider) {
  auto take = [&](StringRef attribute) {
    StringRef value = function.getFnAttribute(attribute).getValueAsString();
    function.removeFnAttr(attribute);
    return value; // lives as long as the context
  };
  StringRef cpu = take("target-cpu"), features = take(features_attribute);
  take("tune-cpu");
  if (!spec_.bitcode_features) return;
  const std::string& all = chosen(cpu, features, wider);
  if (!all.empty()) function.addFnAttr(features_attribute, all);
}

const std::string& FunctionFeatures::chosen(StringRef cpu, StringRef features, Wider wider) {
  auto [known, is_new] = known_.try_emplace((Twine(static_cast<int>(wider)) + cpu + " " + features).str());
  if (is_new) known->second = choice(cpu, features, wider);
  return known->second;
}

/// Functions whose own features make no difference share one choice, as each one costs a subtarget.
std::string FunctionFeatures::choice(StringRef cpu, StringRef features, Wider wider) const {
  std::string all = shared_features(wider);
  for (const std::string& own : {features_of_processor(cpu), features.str()})
    if (!own.empty()) all += "," + own;
  if (bits(all) != bits(shared_features(wider))) return all;
  return wider == Wider::nothing ? "" : shared_features(wider);
}

const std::string& FunctionFeatures::shared_features(Wider wider) const {
  switch (wider) {
  case Wider::host:
    return spec_.wider_features;
  case Wider::host_without_avx512:
    return spec_.wider_without_avx512;
  case Wider::nothing:
    return spec_.features;
  }
  return spec_.features;
}

FeatureBitset FunctionFeatures::bits(StringRef features) const {
  std::string why;
  const Target* target = TargetRegistry::lookupTarget(spec_.triple, why);
  if (!target) return {};
  std::unique_ptr<MCSubtargetInfo> subtarget(target->createMCSubtargetInfo(spec_.triple, spec_.cpu, features));
  return subtarget ? subtarget->getFeatureBits() : FeatureBitset();
}

} // namespace ajit
