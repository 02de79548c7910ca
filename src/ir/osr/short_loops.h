//===- short_loops.h - Loops that are over after a few rounds, told at no cost ------------------------------------===//
//
// At O0 a check costs the compiler as much as ten instructions of the program do, and scalar evolution, which tells how
// often a loop turns, costs more than all checks of a function. But loops like `for (int i = 0; i < 12; ++i)`, of which
// programs that calculate have many, can be told by their looks: a counter whose start and step are constants is
// compared with a constant. Whether the loop is over soon enough is then tried out.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

namespace ajit {

struct OsrPoint;

/// A loop of no more rounds is over before a check in it could do any good.
inline constexpr unsigned few_rounds = 64;

/// Whether the loop at `point`, an innermost one of a canonical function, makes no calls and few rounds, both of which
/// can be seen. O(blocks of the loop) if it has a counter of that kind.
bool is_seen_to_be_short(const OsrPoint& point);

} // namespace ajit
