//===- process_end.h - What happens when the program ends, however it does
//------------------------------------------===//
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

/// Takes charge of the end of the process. `jit` and `request` live until then. To be called before anything of the
/// program runs, so that its exit handlers run before ours.
void watch_process_end(Jit& jit, const Request& request);

} // namespace ajit
