//===- import_policy.h - Which callees' bodies a unit brings along ------------------------------------------------===//
//
// From O2 on, a unit also holds the bodies that the inliner may want. should_import() chooses them as ThinLTO's
// importing does: breadth first over direct calls, smaller ones only, with a limit that shrinks with the distance.
// Bodies marked `alwaysinline` come along from O1 on at any size.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "tier.h"

#include <cstdint>

namespace ajit {

struct ImportCandidate {
  uint32_t instructions = 0; ///< of the canonical body
  uint32_t depth = 0;        ///< calls between the unit's function and this one: 0 for a direct callee
  bool always_inline = false;
  bool no_inline = false;
};

/// Whether a body with these properties joins a unit at `tier` that has imported `imported` instructions so far. Pure.
bool should_import(const ImportCandidate& candidate, Tier tier, uint32_t imported);

} // namespace ajit
