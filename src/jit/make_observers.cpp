#include "make_observers.h"
#include "gdb_registration.h"
#include "jit_dump.h"
#include "perf_map.h"

namespace ajit {

bool wants_debugger(const Options& options) {
  return options.debugger == DebuggerSupport::on ||
         (options.debugger == DebuggerSupport::automatic && debugger_is_attached());
}

llvm::Expected<std::vector<std::unique_ptr<CodeObserver>>> make_observers(const Options& options, bool debugger) {
  std::vector<std::unique_ptr<CodeObserver>> observers;
  if (debugger) observers.push_back(std::make_unique<GdbRegistration>());
  if (options.perf == PerfSupport::map) {
    llvm::Expected<std::unique_ptr<PerfMap>> map = PerfMap::create();
    if (!map) return map.takeError();
    observers.push_back(std::move(*map));
  }
  if (options.perf == PerfSupport::jitdump) {
    llvm::Expected<std::unique_ptr<JitDump>> dump = JitDump::create();
    if (!dump) return dump.takeError();
    observers.push_back(std::move(*dump));
  }
  return observers;
}

} // namespace ajit
