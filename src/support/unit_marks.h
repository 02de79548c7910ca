//===- unit_marks.h - Marks that the IR folders put into a unit for codegen ---------------------------------------===//
#pragma once

namespace ajit {

/// On a parameter of a continuation: it is an alloca of the frame below, used in place (ir/osr/passed_allocas.h). Two
/// such parameters are two variables (codegen/passed_alloca_aliases.h).
inline constexpr const char* passed_alloca_attribute = "ajit-passed-alloca";

} // namespace ajit
