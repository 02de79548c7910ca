//===- bfloat16.h - Conversions to bfloat16 -----------------------------------------------------------------------===//
//
// Code generators call these where the processor has no instruction for it. They are in compiler-rt, and in libgcc from
// version 13 on, but in no library that every process has.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

namespace ajit {

/// `__truncsfbf2` and `__truncdfbf2`: to the nearest value, ties to even, whatever the rounding mode.
__bf16 truncate_to_bfloat16(float value);
__bf16 truncate_to_bfloat16(double value);

} // namespace ajit
