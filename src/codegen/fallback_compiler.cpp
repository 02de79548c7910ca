#include "fallback_compiler.h"
#include "error.h"

using namespace llvm;

namespace ajit {

Expected<ObjectBytes> FallbackCompiler::compile(Module& unit, Tier tier, CompileTimes& times,
                                                function_ref<void()> inspect, function_ref<bool()> is_over) {
  Expected<ObjectBytes> object = first_->compile(unit, tier, times, inspect, is_over);
  if (object || !object.errorIsA<Unsupported>()) return object;
  consumeError(object.takeError());
  return second_->compile(unit, tier, times, inspect, is_over);
}

Expected<std::string> FallbackCompiler::assembly(Module& unit, Tier tier) {
  Expected<std::string> text = first_->assembly(unit, tier);
  if (text || !text.errorIsA<Unsupported>()) return text;
  consumeError(text.takeError());
  return second_->assembly(unit, tier);
}

void FallbackCompilerFactory::warm_up(Tier tier, function_ref<bool()> is_over) {
  first_->warm_up(tier, is_over);
  if (!is_over()) second_->warm_up(tier, is_over);
}

} // namespace ajit
