//===- short_loops.h - Loops of few iterations, recognised at no cost ---------------------------------------------===//
//
// At O0, compiling a check costs as much as compiling ten instructions of the program. Scalar evolution, which tells
// how often a loop iterates, costs more than all checks of a function. But numerical programs have many loops like `for
// (int i = 0; i < 12; ++i)`, which a simple pattern recognises: a counter whose start and step are constants is
// compared with a constant. Counting through the iterations then tells whether the loop ends soon enough.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

namespace ajit {

struct OsrPoint;

/// A loop with no more iterations than this ends before a check in it could do any good.
inline constexpr unsigned few_rounds = 64;

/// Whether the loop at `point`, an innermost one of a canonical function, can be seen to make no calls and few
/// iterations. O(blocks of the loop) if it has a counter of that kind.
bool is_seen_to_be_short(const OsrPoint& point);

} // namespace ajit
