#include "exit_handlers.h"
#include "error.h"
#include "host_symbols.h"
#include "thread_annotations.h"

#include <algorithm>
#include <optional>
#include <vector>

extern "C" void __cxa_finalize(void* dso_handle);

namespace ajit {
namespace {

struct Entry {
  const ExitHandlers* owner;
  ExitHandlers::Function run;
};

/// The destructors of all Jits of the process, oldest first. Never destroyed, as exit() uses it last.
struct Registry {
  Mutex mutex;
  std::vector<Entry> entries AJIT_GUARDED_BY(mutex);
  bool registered AJIT_GUARDED_BY(mutex) = false; ///< with exit()
};

Registry& registry() {
  static auto* instance = new Registry();
  return *instance;
}

/// Takes the newest entry of `owner`, or of all Jits if `owner` is null.
std::optional<Entry> take_newest(const ExitHandlers* owner) {
  Registry& all = registry();
  MutexLock lock(all.mutex);
  auto newest = std::find_if(all.entries.rbegin(), all.entries.rend(),
                             [&](const Entry& entry) { return !owner || entry.owner == owner; });
  if (newest == all.entries.rend()) return std::nullopt;
  Entry entry = *newest;
  all.entries.erase(std::next(newest).base());
  return entry;
}

/// Runs destructors without the lock, as one may destroy a Jit.
void run_all(const ExitHandlers* owner) {
  while (std::optional<Entry> entry = take_newest(owner))
    entry->run();
}

} // namespace

ExitHandlers::~ExitHandlers() {
  Registry& all = registry();
  MutexLock lock(all.mutex);
  std::erase_if(all.entries, [&](const Entry& entry) { return entry.owner == this; });
}

llvm::Error ExitHandlers::add(llvm::ArrayRef<Function> destructors) {
  if (destructors.empty()) return llvm::Error::success();
  Registry& all = registry();
  MutexLock lock(all.mutex);
  // A native program's .fini_array runs after all handlers that atexit registered, so this registers first.
  if (!all.registered && !run_at_exit([] { run_all(nullptr); }))
    return make_typed<NoRoom>("cannot register destructors with exit(): the C library has no room");
  all.registered = true;
  for (Function destructor : destructors)
    all.entries.push_back({this, destructor});
  return llvm::Error::success();
}

void ExitHandlers::run_now() {
  if (dso_handle_) __cxa_finalize(dso_handle_);
  run_all(this);
}

} // namespace ajit
