//===- last_thread.h - The process ends with the program's last thread --------------------------------------------===//
//
// A program whose main thread has left by pthread_exit ends when its last thread does: that thread runs exit(0). The C
// library finds out by counting all threads, ours included, so with us there it never would.
//
// The main thread's end is seen by the destructor of a thread-specific value, which runs in pthread_exit and not when
// main returns. From then on a thread of ours looks at the kernel's count of threads, which a new thread joins before
// its maker can end, so it cannot miss one: when the main thread is gone and all others are ours, it calls exit(0).
// Where /proc is not mounted such a program does not end by itself.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

namespace ajit {

/// To be called once, on the main thread, before anything of the program runs. Holds in forked children as well.
void watch_last_thread();

} // namespace ajit
