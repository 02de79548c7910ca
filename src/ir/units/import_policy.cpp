#include "import_policy.h"

#include <cmath>

namespace ajit {
namespace {

// ThinLTO's -import-instr-limit is 100 for optimised bodies and shrinks by 0.7 per call; canonical bodies have not been
// simplified yet and are about half again as long.
constexpr double o2_limit = 150, o3_limit = 300, shrink_per_call = 0.7;

// Bounds a unit's compile time: past this, more bodies cost more than they give.
constexpr uint32_t unit_limit = 6000;

} // namespace

bool should_import(const ImportCandidate& candidate, Tier tier, uint32_t imported) {
  if (tier == Tier::O0) return false;
  if (candidate.always_inline) return true;
  if (tier == Tier::O1 || candidate.no_inline || imported + candidate.instructions > unit_limit) return false;
  double limit = tier == Tier::O2 ? o2_limit : o3_limit;
  return candidate.instructions <= limit * std::pow(shrink_per_call, candidate.depth);
}

} // namespace ajit
