//===- process_end.h - What happens when the program ends, however it does ----------------------------------------===//
//
// A program can end by returning from main, by exit() from any depth and any thread, or by a signal. In each case its
// own handlers and destructors run first, with their code still mapped; then statistics are printed, and the process
// ends as the program would have: with its status, or by its signal.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

namespace ajit {

class Jit;
struct Request;

/// Handles faults of the compiler and of the program. To be called before any module is read or library loaded, so that
/// their exit handlers run before ours. `jit` and `request` must live until the process ends.
void watch_faults(Jit& jit, const Request& request);

/// Handles the end of the process. To be called after watch_faults() and before any code of the program runs.
void watch_process_end();

} // namespace ajit
