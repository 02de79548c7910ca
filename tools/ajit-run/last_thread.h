//===- last_thread.h - The process ends with the program's last thread --------------------------------------------===//
//
// If the main thread of a program leaves by pthread_exit, the program ends when its last thread does: that thread runs
// exit(0). The C library finds out by counting all threads. It would count ours as well, and so never see the last one.
//
// pthread_exit: The destructor of a thread-specific value notices the end of the main thread; it runs in pthread_exit,
// and not when main returns. From then on a thread of ours watches the kernel's count of threads. A new thread joins
// this count before its creator can end, so the watcher cannot miss one. When the main thread is gone and all others
// are ours, the watcher calls exit(0). Where /proc is not mounted, such a program does not end by itself.
//
// The bare system call `exit`, which programs in assembly end with: nothing of the C library runs. The kernel clears
// the main thread's word for joiners and wakes who waits on it, so a thread of ours waits there from the start of our
// first thread on. A process without threads of ours needs none: it ends as it does natively. When the program's other
// threads are gone as well, the process ends without exit handlers: with the main thread's status if that was the last thread,
// else with 0. (If another thread ends last, and by the bare system call, its status is lost.)
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

namespace ajit {

/// To be called once, on the main thread, before any code of the program runs. Holds in forked children as well.
void watch_last_thread();

} // namespace ajit
