#include "bfloat16.h"

#include <bit>

namespace ajit {

ReturnedBfloat16 truncate_to_bfloat16(float value) {
  auto bits = std::bit_cast<uint32_t>(value);
  const bool is_nan = (bits & 0x7fffffff) > 0x7f800000;
  if (is_nan)
    bits |= 0x00400000; // quiet
  else
    bits += 0x7fff + (bits >> 16 & 1);
  return ReturnedBfloat16{static_cast<uint16_t>(bits >> 16)};
}

/// Rounds to odd first: the second rounding then sees whether anything was lost, and is the only one.
ReturnedBfloat16 truncate_to_bfloat16(double value) {
  const auto wide = std::bit_cast<uint64_t>(value);
  const auto sign = static_cast<uint32_t>(wide >> 63) << 31;
  const uint64_t magnitude = wide & ~(uint64_t{1} << 63);
  constexpr uint64_t infinity = uint64_t{0x7ff} << 52;
  constexpr int bias = 1023 - 127, lost_bits = 52 - 23;
  const int exponent = static_cast<int>(magnitude >> 52) - bias;
  uint32_t narrow;
  if (magnitude >= infinity) { // infinity, or a NaN with the upper part of its payload
    narrow =
        0x7f800000 | static_cast<uint32_t>(magnitude >> lost_bits & 0x7fffff) | (magnitude > infinity ? 0x400000 : 0);
  } else if (exponent >= 255) {
    narrow = 0x7f800000;
  } else if (exponent > 0) {
    const uint64_t kept = magnitude - (uint64_t{bias} << 52);
    narrow = static_cast<uint32_t>(kept >> lost_bits) | ((kept & ((uint64_t{1} << lost_bits) - 1)) != 0);
  } else { // less than the least normal float
    const uint64_t significand = (magnitude & ((uint64_t{1} << 52) - 1)) | uint64_t{magnitude >> 52 != 0} << 52;
    const int shift = lost_bits + 1 - exponent;
    narrow =
        shift >= 64 ? magnitude != 0 : static_cast<uint32_t>(significand >> shift) | (significand << (64 - shift) != 0);
  }
  return truncate_to_bfloat16(std::bit_cast<float>(sign | narrow));
}

} // namespace ajit
