//===- bfloat16.h - Conversions to bfloat16 -----------------------------------------------------------------------===//
//
// Code generators call these where the processor has no instruction for it. They are in compiler-rt, and in libgcc from
// version 13 on, but in no library that every process has.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include <cstdint>

namespace ajit {

/// A bfloat16 in the register in which functions return one. (To return the type itself, a compiler that does not
/// optimise calls the very functions that are defined here.)
using ReturnedBfloat16 = uint16_t __attribute__((vector_size(16)));

/// `__truncsfbf2` and `__truncdfbf2`: to the nearest value, ties to even, whatever the rounding mode.
ReturnedBfloat16 truncate_to_bfloat16(float value);
ReturnedBfloat16 truncate_to_bfloat16(double value);

} // namespace ajit
