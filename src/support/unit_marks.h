//===- unit_marks.h - What the IR side writes into a unit for the code generator to read ------------------------===//
#pragma once

namespace ajit {

/// On a parameter of a continuation: it is an alloca of the frame below, used where it is (ir/osr/passed_allocas.h).
/// Two such parameters are two variables (codegen/passed_alloca_aliases.h).
inline constexpr const char* passed_alloca_attribute = "ajit-passed-alloca";

} // namespace ajit
