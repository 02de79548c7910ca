#include "last_thread.h"
#include "runtime_threads.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

namespace ajit {
namespace {

pthread_key_t key;
sigset_t signals_of_main;

/// The threads of the process as the kernel counts them; a main thread that has ended stays among them.
struct KernelView {
  unsigned threads = 0;
  bool main_has_ended = false;
};

KernelView kernel_view() {
  char text[4096];
  int file = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (file < 0) return {};
  ssize_t length = read(file, text, sizeof text - 1);
  close(file);
  if (length <= 0) return {};
  text[length] = '\0';
  KernelView view;
  const char* state = std::strstr(text, "\nState:");
  const char* threads = std::strstr(text, "\nThreads:");
  if (!state || !threads || std::sscanf(threads, "\nThreads: %u", &view.threads) != 1) return {};
  view.main_has_ended = std::strncmp(state, "\nState:\tZ", 9) == 0;
  return view;
}

bool only_ours_are_left() {
  RuntimeThreadCount before = count_runtime_threads();
  KernelView view = kernel_view();
  // If one of our threads started or ended in between, a thread of the program could be taken for it.
  return before == count_runtime_threads() && view.main_has_ended && view.threads == 1 + before.running();
}

void* wait_for_last_thread(void*) {
  RuntimeThread ours;
  constexpr useconds_t longest_pause = 20000;
  for (useconds_t pause = 500; !only_ours_are_left(); pause = std::min(2 * pause, longest_pause))
    usleep(pause);
  // exit() runs code of the program, which expects the program's signal mask.
  pthread_sigmask(SIG_SETMASK, &signals_of_main, nullptr);
  std::exit(EXIT_SUCCESS);
}

void main_thread_ends(void*) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &signals_of_main);
  pthread_t thread;
  if (pthread_create(&thread, nullptr, &wait_for_last_thread, nullptr) == 0) pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &signals_of_main, nullptr);
}

/// Marks the calling thread as the main thread: of the process, or of a child that it has just forked.
void this_is_the_main_thread() { pthread_setspecific(key, &key); }

void after_fork_in_child() {
  forget_runtime_threads();
  this_is_the_main_thread();
}

} // namespace

void watch_last_thread() {
  if (pthread_key_create(&key, &main_thread_ends) != 0) return;
  this_is_the_main_thread();
  pthread_atfork(nullptr, nullptr, &after_fork_in_child);
}

} // namespace ajit
