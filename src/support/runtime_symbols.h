//===- runtime_symbols.h - The contract between generated code and the runtime ------------------------------------===//
//
// Generated code refers to the runtime by symbols, which the engine resolves when it links the code. So an object holds
// no FunctionId and no address, and the same object serves every process.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "tier.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace ajit {

/// Symbols of ajit's own begin like this, in units and in objects. No front end makes such names, and a module that has
/// one is refused (ir/modules/reserved_names.h). So no name of a program can mean something else to ajit.
#define AJIT_INTERNAL_PREFIX "ajit!"
inline constexpr std::string_view internal_prefix = AJIT_INTERNAL_PREFIX;

/// `ajit!counter$f` is the 32-bit call counter of the function whose symbol is `f`.
inline constexpr std::string_view counter_prefix = AJIT_INTERNAL_PREFIX "counter$";

inline std::string counter_symbol(std::string_view function) { return std::string(counter_prefix).append(function); }

/// The cache line that checks of loops poll (link/poll_line.h).
inline constexpr const char* osr_poll_symbol = AJIT_INTERNAL_PREFIX "osr";

/// `ptr (ptr poll, ptr counter, i32 place)`: the entry of a continuation to go on in, or null to stay. The counter
/// says which function asks.
inline constexpr const char* osr_request_symbol = AJIT_INTERNAL_PREFIX "osr_request";

/// The `place` of a request: which loop asks, and from which tier.
struct OsrPlace {
  uint32_t loop = 0; ///< less than 2^24
  Tier tier = Tier::O0;
};

constexpr uint32_t encode(OsrPlace place) { return place.loop << 8 | static_cast<uint32_t>(place.tier); }

constexpr OsrPlace decode_osr_place(uint32_t place) { return {place >> 8, all_tiers[place & (tier_count - 1)]}; }

/// Bytes from a stub's start to its entry into the runtime.
inline constexpr uint32_t stub_tick_offset = 6;

} // namespace ajit
