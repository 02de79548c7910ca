#include "process_end.h"
#include "command_line.h"
#include "deadline.h"
#include "jit.h"
#include "last_thread.h"
#include "program_signals.h"
#include "runtime_threads.h"
#include "signals_held.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <pthread.h>
#include <semaphore.h>
#include <string>
#include <unistd.h>

namespace ajit {
namespace {

Jit* the_jit = nullptr;
const Request* the_request = nullptr;

/// Set by the first thread that reports: statistics are printed once.
std::atomic_flag reported;

sem_t report_wanted, report_done;

void write_all(const std::string& text) {
  std::size_t written = 0;
  while (written < text.size()) {
    ssize_t count = write(STDERR_FILENO, text.data() + written, text.size() - written);
    if (count <= 0) return;
    written += static_cast<std::size_t>(count);
  }
}

void report_once() {
  if (reported.test_and_set()) return;
  SignalsHeld held;
  the_jit->finish_dumps();
  if (the_request->stats == StatsFormat::none && !the_request->time_report) return;
  Stats stats = the_jit->stats();
  if (the_request->stats == StatsFormat::json) write_all(stats_json(stats));
  if (the_request->stats == StatsFormat::table) write_all(stats_table(stats, isatty(STDERR_FILENO) != 0));
  if (the_request->time_report) write_all(time_table(stats));
}

bool anything_to_report() {
  return the_request->stats != StatsFormat::none || the_request->time_report ||
         !the_request->options.dump.directory.empty();
}

/// False until the program runs: before that there is nothing to report.
std::atomic<bool> program_runs{false};

/// Registered before any library of the program is loaded, so it runs after all handlers that the program and its
/// libraries register. Destructors of shared libraries run after it.
void report_at_exit(int, void*) {
  if (program_runs.load()) report_once();
}

/// Waits until a signal handler wants statistics. Building them allocates, which a handler must not.
void* report_for_handlers(void*) {
  RuntimeThread ours;
  while (sem_wait(&report_wanted) != 0) {
  }
  report_once();
  sem_post(&report_done);
  return nullptr;
}

void start_reporter() {
  sem_init(&report_wanted, 0, 0);
  sem_init(&report_done, 0, 0);
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pthread_t thread;
  if (pthread_create(&thread, nullptr, &report_for_handlers, nullptr) == 0) pthread_detach(thread);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

/// Waits for two seconds at most: the thread that prints may need a lock that the interrupted thread holds.
void report_from_handler() {
  sem_post(&report_wanted);
  timespec limit{};
  clock_gettime(CLOCK_REALTIME, &limit);
  limit.tv_sec += 2;
  while (sem_timedwait(&report_done, &limit) != 0 && errno == EINTR) {
  }
}

bool is_crash(int signal) {
  return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE || signal == SIGABRT ||
         signal == SIGTRAP || signal == SIGSYS;
}

/// A fault during a compile is the compiler's and not the program's. So is an abort: abort() lets its signal through,
/// which a compile otherwise holds.
void abandon_compile_if_its_fault(int signal, const siginfo_t& info) {
  end_if_deadline(info);
  const bool raised_by_kernel = info.si_code > 0;
  const bool aborted = signal == SIGABRT && info.si_code == SI_TKILL && info.si_pid == getpid();
  if (is_crash(signal) && (raised_by_kernel || aborted) && in_compile()) abandon_compile(signal);
}

/// The signal that ends the process; 0 before it comes.
std::atomic<int> first_signal{0};

void report_end(int signal) {
  int first = 0;
  // If the report itself faulted, as when it walks a smashed stack, or a second thread came here, the first signal
  // ends the process.
  if (!first_signal.compare_exchange_strong(first, signal)) {
    raise(first);
    return;
  }
  if (is_crash(signal)) {
    char line[128];
    int length = std::snprintf(line, sizeof line, "ajit-run: the program was killed by signal %d (%s)\n", signal,
                               sigdescr_np(signal));
    if (write(STDERR_FILENO, line, static_cast<std::size_t>(length)) > 0) write_backtrace(STDERR_FILENO);
  }
  if (anything_to_report()) report_from_handler();
}

/// Stack overflow is a common crash, and its handler needs another stack.
void use_alternate_stack() {
  constexpr std::size_t size = 64 * 1024;
  stack_t stack{};
  stack.ss_sp = std::malloc(size);
  stack.ss_size = size;
  if (stack.ss_sp) sigaltstack(&stack, nullptr);
}

} // namespace

// The static objects of this executable, LLVM's among them, are never destroyed. Exit handlers and other threads of the
// program may call functions for the first time until the very end, and compiling these needs the objects. Objects made
// late would be destroyed before the program's. The linker sends every registration of ours here (--wrap); the
// program's own go to the C library.
extern "C" int __wrap___cxa_atexit(void (*)(void*), void*, void*) { return 0; }

void watch_faults(Jit& jit, const Request& request) {
  the_jit = &jit;
  the_request = &request;
  use_alternate_stack();
  watch_signals_with({.take_own = &abandon_compile_if_its_fault, .before_end = &report_end});
  for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS})
    watch_signal(signal, Watch::fault);
  enable_deadlines();
  on_exit(&report_at_exit, nullptr); // not through __cxa_atexit, see above
}

void watch_process_end() {
  program_runs = true;
  watch_last_thread();
  if (!anything_to_report()) return;
  start_reporter();
  for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGALRM, SIGUSR1, SIGUSR2})
    watch_signal(signal, Watch::ending);
}

} // namespace ajit
