#include "last_thread.h"
#include "runtime_threads.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ajit {
namespace {

pthread_key_t key;
sigset_t signals_of_main;

/// The word that the kernel clears when the main thread ends, which it then wakes waiters of; null if it does not say.
std::atomic<int*> tid_of_main{nullptr};

/// The main thread has ended by pthread_exit.
std::atomic<bool> left_by_pthread_exit{false};

/// Reads /proc/self/`name` as text.
bool read_proc(const char* name, char* text, std::size_t size) {
  char path[32];
  std::snprintf(path, sizeof path, "/proc/self/%s", name);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const ssize_t length = read(file, text, size - 1);
  close(file);
  if (length <= 0) return false;
  text[length] = '\0';
  return true;
}

/// The threads of the process as the kernel counts them; a main thread that has ended stays among them.
struct KernelView {
  unsigned threads = 0;
  bool main_has_ended = false;
};

KernelView kernel_view() {
  char text[4096];
  if (!read_proc("status", text, sizeof text)) return {};
  KernelView view;
  const char* state = std::strstr(text, "\nState:");
  const char* threads = std::strstr(text, "\nThreads:");
  if (!state || !threads || std::sscanf(threads, "\nThreads: %u", &view.threads) != 1) return {};
  view.main_has_ended = std::strncmp(state, "\nState:\tZ", 9) == 0;
  return view;
}

enum class Left { only_ours, others, unclear };

/// The threads that are left after the main thread.
Left look_at_threads() {
  const RuntimeThreadCount before = count_runtime_threads();
  const KernelView view = kernel_view();
  // If one of our threads starts or ends meanwhile, a thread of the program could be taken for it.
  if (!view.main_has_ended || before.coming() != 0 || before != count_runtime_threads()) return Left::unclear;
  return view.threads == 1 + before.running() ? Left::only_ours : Left::others;
}

bool only_ours_are_left() { return look_at_threads() == Left::only_ours; }

/// The same, for sure: the kernel counts a thread of ours until a moment after its end.
bool only_ours_were_left() {
  for (int others = 0; others != 3;) {
    const Left left = look_at_threads();
    if (left == Left::only_ours) return true;
    others = left == Left::others ? others + 1 : 0;
    usleep(500);
  }
  return false;
}

void wait_until_only_ours_are_left() {
  constexpr useconds_t longest_pause = 20000;
  for (useconds_t pause = 500; !only_ours_are_left(); pause = std::min(2 * pause, longest_pause))
    usleep(pause);
}

void* end_after_last_thread(void*) {
  RuntimeThread ours;
  wait_until_only_ours_are_left();
  // exit() runs code of the program, which expects the program's signal mask.
  pthread_sigmask(SIG_SETMASK, &signals_of_main, nullptr);
  std::exit(EXIT_SUCCESS);
}

/// The status that the main thread has ended with: the last field of /proc/self/stat, as wait() would report it.
int status_of_main() {
  char text[4096];
  if (!read_proc("stat", text, sizeof text)) return 0;
  const char* last = std::strrchr(text, ' ');
  return last ? (std::atoi(last) >> CHAR_BIT) & 0xff : 0;
}

/// Waits for the main thread to end by the bare system call, and then ends the process as the kernel would.
void* watch_main_thread(void*) {
  RuntimeThread ours;
  int* const word = tid_of_main.load();
  while (const int tid = __atomic_load_n(word, __ATOMIC_ACQUIRE))
    syscall(SYS_futex, word, FUTEX_WAIT, tid, nullptr, nullptr, 0); // not private: it is the kernel that wakes
  if (left_by_pthread_exit.load()) return nullptr;
  // The status is that of the thread that ends last, and threads of the C library end with 0.
  if (only_ours_were_left()) _exit(status_of_main());
  wait_until_only_ours_are_left();
  _exit(0);
}

void start_thread(void* (*body)(void*)) {
  constexpr std::size_t stack_bytes = std::size_t{128} << 10;
  sigset_t all, before;
  sigfillset(&all);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, stack_bytes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  RuntimeThread::announce();
  pthread_t thread;
  if (pthread_create(&thread, &attributes, body, nullptr) != 0) RuntimeThread::retract();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_attr_destroy(&attributes);
}

void watch_main_thread_if_known() {
  if (tid_of_main.load()) start_thread(&watch_main_thread);
}

void main_thread_ends(void*) {
  left_by_pthread_exit.store(true);
  pthread_sigmask(SIG_SETMASK, nullptr, &signals_of_main);
  // Its code runs exit(), so it gets a stack of the usual size.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
  RuntimeThread::announce();
  pthread_t thread;
  if (pthread_create(&thread, nullptr, &end_after_last_thread, nullptr) == 0)
    pthread_detach(thread);
  else
    RuntimeThread::retract();
  pthread_sigmask(SIG_SETMASK, &signals_of_main, nullptr);
}

/// Marks the calling thread as the main thread: of the process, or of a child that it has just forked.
void this_is_the_main_thread() {
  pthread_setspecific(key, &key);
  int* word = nullptr;
#ifdef PR_GET_TID_ADDRESS
  if (prctl(PR_GET_TID_ADDRESS, &word) != 0) word = nullptr;
#endif
  tid_of_main.store(word);
  left_by_pthread_exit.store(false);
}

void after_fork_in_child() {
  this_is_the_main_thread();
  forget_runtime_threads();
}

} // namespace

void watch_last_thread() {
  if (pthread_key_create(&key, &main_thread_ends) != 0) return;
  this_is_the_main_thread();
  pthread_atfork(nullptr, nullptr, &after_fork_in_child);
  on_first_runtime_thread(&watch_main_thread_if_known);
}

} // namespace ajit
