#include "compile_guard.h"
#include "compile_gate.h"
#include "taken_locks.h"

#include <atomic>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <llvm/Support/ErrorHandling.h>
#include <llvm/Support/PrettyStackTrace.h>
#include <new>
#include <unistd.h>
#include <utility>

namespace ajit {
namespace {

/// Where this thread goes if its work fails, and why it failed. Plain memory: a handler may not allocate.
struct WayOut {
  sigjmp_buf place;
  char why[512] = "";
  bool without_memory = true; ///< memory that runs out ends the work
};

thread_local WayOut* way_out = nullptr;

/// Memory that is given back when there is no more, so that work which cannot be abandoned, as a link, comes to its
/// end.
constexpr std::size_t reserve_bytes = std::size_t{1} << 20;
std::atomic<void*> reserve{nullptr};

/// Called by operator new when malloc has failed. Returning makes it try again. Guarded work ends by a jump: an
/// exception would pass code of LLVM's that expects none.
void on_no_memory() {
  if (use_memory_reserve()) return;
  if (!way_out) throw std::bad_alloc();
  std::snprintf(way_out->why, sizeof way_out->why, "out of memory");
  siglongjmp(way_out->place, 1);
}

void on_fatal_error(void*, const char* reason, bool) {
  // Outside of guarded work the process ends: LLVM has lost its state.
  if (!way_out) {
    std::fprintf(stderr, "ajit: error: compiler failure: %s\n", reason);
    _exit(1);
  }
  std::snprintf(way_out->why, sizeof way_out->why, "%s", reason);
  siglongjmp(way_out->place, 1);
}

void install_handlers() {
  static const bool installed = [] {
    llvm::install_fatal_error_handler(&on_fatal_error);
    llvm::install_bad_alloc_error_handler(&on_fatal_error);
    reserve.store(std::malloc(reserve_bytes));
    if (!std::get_new_handler()) std::set_new_handler(&on_no_memory);
    return true;
  }();
  static_cast<void>(installed);
}

std::optional<std::string> run(llvm::function_ref<void()> work, bool without_memory) {
  install_handlers();
  WayOut here;
  here.without_memory = without_memory;
  WayOut* const outer = way_out;
  const void* const activities = llvm::SavePrettyStackState();
  const CompileGate::Position position = CompileGate::position();
  TakenLocks locks;
  if (sigsetjmp(here.place, /*savemask=*/1) == 0) {
    way_out = &here;
    work();
    way_out = outer;
    return std::nullopt;
  }
  way_out = outer;
  locks.give_back(); // first, as the gate has a lock too
  llvm::RestorePrettyStackState(activities);
  CompileGate::of_process().return_to(position);
  return here.why;
}

} // namespace

std::optional<std::string> run_guarded(llvm::function_ref<void()> work) { return run(work, /*without_memory=*/true); }

std::optional<std::string> run_link_guarded(llvm::function_ref<void()> work) {
  return run(work, /*without_memory=*/false);
}

MemoryReserveScope::MemoryReserveScope() noexcept
    : before_(way_out && std::exchange(way_out->without_memory, false)) {}

MemoryReserveScope::~MemoryReserveScope() {
  if (way_out) way_out->without_memory = before_;
}

bool use_memory_reserve() noexcept {
  if (way_out && way_out->without_memory) return false;
  void* last = reserve.exchange(nullptr);
  std::free(last);
  return last != nullptr;
}

bool has_memory_reserve() noexcept {
  install_handlers();
  if (reserve.load()) return true;
  void* fresh = std::malloc(reserve_bytes);
  void* none = nullptr;
  if (fresh && !reserve.compare_exchange_strong(none, fresh)) std::free(fresh);
  return fresh != nullptr;
}

bool inside_guarded_work() noexcept { return way_out != nullptr; }

void end_guarded_work(int signal) noexcept {
  std::snprintf(way_out->why, sizeof way_out->why, "the compiler crashed: %s", sigdescr_np(signal));
  siglongjmp(way_out->place, 1);
}

} // namespace ajit
