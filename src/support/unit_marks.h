//===- unit_marks.h - Marks that the IR folders put into a unit for codegen ---------------------------------------===//
#pragma once

namespace ajit {

/// On a parameter of a continuation: it is an alloca of the frame below, used in place (ir/osr/passed_allocas.h). Two
/// such parameters are two variables (codegen/passed_alloca_aliases.h).
inline constexpr const char* passed_alloca_attribute = "ajit-passed-alloca";

/// On a function: its code may use no features but those that the bitcode names for it (ir/bodies/feature_needs.h).
inline constexpr const char* keeps_features_attribute = "ajit-keeps-features";

/// On a function: AVX-512 and half-precision conversions would change its results (ir/bodies/feature_needs.h).
inline constexpr const char* without_avx512_attribute = "ajit-without-avx512";

/// On a function: every tier compiles it in the same way, because its arithmetic depends on how
/// (ir/bodies/fast_math.h).
inline constexpr const char* one_pipeline_attribute = "ajit-one-pipeline";

} // namespace ajit
