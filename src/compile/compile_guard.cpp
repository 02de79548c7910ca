#include "compile_guard.h"

#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <llvm/Support/ErrorHandling.h>
#include <llvm/Support/PrettyStackTrace.h>
#include <unistd.h>

namespace ajit {
namespace {

/// Where to go if the work of this thread fails, and why it did. Plain memory: a handler may not allocate.
struct WayOut {
  sigjmp_buf place;
  char why[512] = "";
};

thread_local WayOut* way_out = nullptr;

void on_fatal_error(void*, const char* reason, bool) {
  // Outside of guarded work the process ends: LLVM has lost its state.
  if (!way_out) {
    std::fprintf(stderr, "ajit: error: compiler failure: %s\n", reason);
    _exit(1);
  }
  std::snprintf(way_out->why, sizeof way_out->why, "%s", reason);
  siglongjmp(way_out->place, 1);
}

} // namespace

std::optional<std::string> run_guarded(llvm::function_ref<void()> work) {
  static const bool installed = (llvm::install_fatal_error_handler(&on_fatal_error), true);
  static_cast<void>(installed);
  WayOut here;
  WayOut* const outer = way_out;
  const void* const activities = llvm::SavePrettyStackState();
  if (sigsetjmp(here.place, /*savemask=*/1) == 0) {
    way_out = &here;
    work();
    way_out = outer;
    return std::nullopt;
  }
  way_out = outer;
  llvm::RestorePrettyStackState(activities);
  return here.why;
}

bool inside_guarded_work() noexcept { return way_out != nullptr; }

void end_guarded_work(int signal) noexcept {
  std::snprintf(way_out->why, sizeof way_out->why, "the compiler crashed: %s", sigdescr_np(signal));
  siglongjmp(way_out->place, 1);
}

} // namespace ajit
