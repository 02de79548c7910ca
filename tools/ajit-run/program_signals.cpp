#include "program_signals.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <dlfcn.h>
#include <pthread.h>
#include <ucontext.h>
#include <unistd.h>

namespace ajit {
namespace {

using Sigaction = struct sigaction;

SignalWatcher the_watcher;

/// The C library's definition of `name`, which the runner's hides from everybody else.
template <typename Function> Function* c_library(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

int install(int signal, const Sigaction* action, Sigaction* before) {
  static auto* const real = c_library<int(int, const Sigaction*, Sigaction*)>("sigaction");
  return real(signal, action, before);
}

struct Watched {
  std::atomic<bool> watched{false};
  Watch watch = Watch::fault;
  Sigaction action{}; ///< the program's
};

Watched table[NSIG];
/// SA_RESTART is not to be set by signal(); see siginterrupt().
sigset_t interrupting;
std::atomic_flag table_lock;
/// The process that the table belongs to. A child of vfork shares the memory, but has signal actions of its own.
std::atomic<pid_t> owner{0};

/// Holds the table, and all signals, as handlers use it too.
class TableScope {
public:
  TableScope() {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
    while (table_lock.test_and_set(std::memory_order_acquire)) {
    }
  }
  ~TableScope() {
    table_lock.clear(std::memory_order_release);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  TableScope(const TableScope&) = delete;
  TableScope& operator=(const TableScope&) = delete;

private:
  sigset_t before_;
};

bool is_watched(int signal) {
  return signal > 0 && signal < NSIG && table[signal].watched.load(std::memory_order_acquire) &&
         owner.load(std::memory_order_relaxed) == getpid();
}

void on_watched_signal(int signal, siginfo_t* info, void* context);

/// The action that the kernel gets while the program's is `action`.
Sigaction installed_for(const Sigaction& action) {
  Sigaction ours{};
  ours.sa_sigaction = &on_watched_signal;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
  if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) {
    ours.sa_flags |= SA_NODEFER | SA_RESTART;
  } else {
    ours.sa_mask = action.sa_mask;
    ours.sa_flags |= action.sa_flags & (SA_NODEFER | SA_RESTART);
  }
  return ours;
}

/// Makes `action` the program's. The caller holds the table.
int set_action(int signal, const Sigaction& action) {
  Watched& entry = table[signal];
  const bool directly = entry.watch == Watch::ending && action.sa_handler != SIG_DFL;
  const Sigaction ours = installed_for(action);
  if (int failed = install(signal, directly ? &action : &ours, nullptr)) return failed;
  entry.action = action;
  return 0;
}

/// The program's action for a signal that has come. SA_RESETHAND takes effect.
Sigaction take_action(int signal) {
  TableScope scope;
  Sigaction& action = table[signal].action;
  const Sigaction taken = action;
  if ((taken.sa_flags & SA_RESETHAND) != 0 && taken.sa_handler != SIG_IGN) action.sa_handler = SIG_DFL;
  return taken;
}

/// What the kernel pushes for a handler, x86-64. The processor's state lies elsewhere.
struct KernelFrame {
  void* restorer;
  unsigned char context[304]; ///< the kernel's ucontext is shorter than the C library's
  siginfo_t info;
};
static_assert(sizeof(KernelFrame) == 440);

/// In bytes, of the processor's state in a frame.
std::size_t state_size(const void* state) {
  constexpr std::size_t legacy_size = 512, software_area = 464;
  constexpr uint32_t extended_magic = 0x46505853;
  uint32_t words[2];
  std::memcpy(words, static_cast<const char*>(state) + software_area, sizeof words);
  return words[0] == extended_magic ? words[1] : legacy_size;
}

thread_local bool moving_frame = false;

/// Continues in `handler` on the stack that the signal interrupted. The handler returns to the kernel.
[[noreturn]] void deliver_on_interrupted_stack(int signal, void* handler, ucontext_t* context) {
  auto* const pushed =
      reinterpret_cast<KernelFrame*>(reinterpret_cast<char*>(context) - offsetof(KernelFrame, context));
  constexpr uintptr_t red_zone = 128;
  uintptr_t top = static_cast<uintptr_t>(context->uc_mcontext.gregs[REG_RSP]) - red_zone;
  void* state = context->uc_mcontext.fpregs;
  moving_frame = true; // if that stack is full, the writes below fault
  if (state) {
    const std::size_t size = state_size(state);
    top = (top - size) & ~uintptr_t{63};
    state = std::memcpy(reinterpret_cast<void*>(top), state, size);
  }
  top = ((top - sizeof(KernelFrame)) & ~uintptr_t{15}) - sizeof(void*);
  auto* const frame = reinterpret_cast<KernelFrame*>(top);
  std::memcpy(frame, pushed, sizeof(KernelFrame));
  auto* const copy = reinterpret_cast<ucontext_t*>(frame->context);
  copy->uc_mcontext.fpregs = static_cast<fpregset_t>(state);
  moving_frame = false;
  asm volatile("movq %[frame], %%rsp\n\t"
               "xorl %%eax, %%eax\n\t"
               "jmpq *%[handler]"
               :
               : [frame] "r"(frame), [handler] "r"(handler), "D"(signal), "S"(&frame->info), "d"(copy)
               : "memory");
  __builtin_unreachable();
}

void deliver(int signal, const Sigaction& action, siginfo_t* info, ucontext_t* context) {
  // The kernel has moved to the alternate stack if there is one and the thread was not on it.
  const bool moved = context->uc_stack.ss_flags == 0 && context->uc_stack.ss_size != 0;
  if (moved && (action.sa_flags & SA_ONSTACK) == 0)
    deliver_on_interrupted_stack(signal, reinterpret_cast<void*>(action.sa_sigaction), context);
  action.sa_sigaction(signal, info, context); // one that takes the signal alone does not look at the others
}

[[noreturn]] void end_process(int signal) {
  Sigaction default_action{};
  default_action.sa_handler = SIG_DFL;
  install(signal, &default_action, nullptr);
  the_watcher.before_end(signal);
  sigset_t this_one;
  sigemptyset(&this_one);
  sigaddset(&this_one, signal);
  pthread_sigmask(SIG_UNBLOCK, &this_one, nullptr);
  raise(signal);
  _exit(128 + signal); // not reached: the default action of a watched signal ends the process
}

void on_watched_signal(int signal, siginfo_t* info, void* context) {
  const int error = errno;
  the_watcher.take_own(signal, *info);
  if (moving_frame) end_process(signal);
  const Sigaction action = take_action(signal);
  const bool raised_by_kernel = info->si_code > 0;
  if (action.sa_handler == SIG_IGN && !raised_by_kernel) return;
  if (action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN) end_process(signal);
  errno = error;
  deliver(signal, action, info, static_cast<ucontext_t*>(context));
}

sighandler_t handler_of(int failed, const Sigaction& before) { return failed ? SIG_ERR : before.sa_handler; }

bool is_blocked(int signal) {
  sigset_t mask;
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  return sigismember(&mask, signal) == 1;
}

int change_mask(int how, int signal) {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, signal);
  return pthread_sigmask(how, &mask, nullptr);
}

} // namespace

void watch_signals_with(const SignalWatcher& watcher) {
  the_watcher = watcher;
  owner = getpid();
  pthread_atfork(
      [] {
        while (table_lock.test_and_set(std::memory_order_acquire)) {
        }
      },
      [] { table_lock.clear(std::memory_order_release); },
      [] {
        owner = getpid();
        table_lock.clear(std::memory_order_release);
      });
}

void watch_signal(int signal, Watch watch) {
  Sigaction before{};
  if (install(signal, nullptr, &before) != 0) return;
  if (watch == Watch::ending && before.sa_handler != SIG_DFL) return;
  TableScope scope;
  table[signal].watch = watch;
  if (set_action(signal, before) == 0) table[signal].watched.store(true, std::memory_order_release);
}

// The functions that the program and libraries find. The linker exports them (CMakeLists.txt).
extern "C" {

int sigaction(int signal, const Sigaction* action, Sigaction* before) noexcept {
  if (!is_watched(signal)) return install(signal, action, before);
  const Sigaction wanted = action ? *action : Sigaction{}; // read first: a bad pointer is the caller's fault
  Sigaction old;
  int failed = 0;
  {
    TableScope scope;
    old = table[signal].action;
    if (action) failed = set_action(signal, wanted);
  }
  if (before && !failed) *before = old;
  return failed;
}

sighandler_t signal(int signal, sighandler_t handler) noexcept {
  if (!is_watched(signal)) {
    static auto* const real = c_library<sighandler_t(int, sighandler_t)>("signal");
    return real(signal, handler);
  }
  Sigaction action{}, before{};
  action.sa_handler = handler;
  sigaddset(&action.sa_mask, signal);
  action.sa_flags = sigismember(&interrupting, signal) == 1 ? 0 : SA_RESTART;
  return handler_of(sigaction(signal, &action, &before), before);
}

sighandler_t bsd_signal(int number, sighandler_t handler) noexcept { return signal(number, handler); }
sighandler_t ssignal(int number, sighandler_t handler) noexcept { return signal(number, handler); }

sighandler_t __sysv_signal(int signal, sighandler_t handler) noexcept {
  Sigaction action{}, before{};
  action.sa_handler = handler;
  action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_NODEFER;
  return handler_of(sigaction(signal, &action, &before), before);
}

sighandler_t sysv_signal(int signal, sighandler_t handler) noexcept { return __sysv_signal(signal, handler); }

sighandler_t sigset(int signal, sighandler_t disposition) noexcept {
  if (!is_watched(signal)) {
    static auto* const real = c_library<sighandler_t(int, sighandler_t)>("sigset");
    return real(signal, disposition);
  }
  const bool was_blocked = is_blocked(signal);
  Sigaction action{}, before{};
  action.sa_handler = disposition;
  const bool hold = disposition == SIG_HOLD;
  if (sigaction(signal, hold ? nullptr : &action, &before) != 0) return SIG_ERR;
  if (change_mask(hold ? SIG_BLOCK : SIG_UNBLOCK, signal) != 0) return SIG_ERR;
  return was_blocked ? SIG_HOLD : before.sa_handler;
}

int sigignore(int signal) noexcept {
  Sigaction action{};
  action.sa_handler = SIG_IGN;
  return sigaction(signal, &action, nullptr);
}

int siginterrupt(int signal, int interrupt) noexcept {
  if (!is_watched(signal)) {
    static auto* const real = c_library<int(int, int)>("siginterrupt");
    return real(signal, interrupt);
  }
  Sigaction action{};
  if (sigaction(signal, nullptr, &action) != 0) return -1;
  if (interrupt) {
    sigaddset(&interrupting, signal);
    action.sa_flags &= ~SA_RESTART;
  } else {
    sigdelset(&interrupting, signal);
    action.sa_flags |= SA_RESTART;
  }
  return sigaction(signal, &action, nullptr);
}

} // extern "C"

} // namespace ajit
