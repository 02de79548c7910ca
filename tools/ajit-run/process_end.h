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

/// Takes charge of faults, of the compiler as of the program, before any module is read and any library loaded, so that
/// their exit handlers run before ours. `jit` and `request` live until the process ends.
void watch_faults(Jit& jit, const Request& request);

/// Takes charge of the end of the process, after watch_faults(). To be called before anything of the program runs.
void watch_process_end();

} // namespace ajit
