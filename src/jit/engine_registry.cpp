#include "engine_registry.h"
#include "engine.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <pthread.h>
#include <unistd.h>
#include <utility>

namespace ajit {
namespace {

/// Fork handlers cannot be taken back, so they are registered once per process, and what they use lives as long.
Mutex& engines_mutex() {
  static auto* mutex = new Mutex();
  return *mutex;
}

std::vector<Engine*>& engines() {
  static auto* list = new std::vector<Engine*>();
  return *list;
}

/// The mask of the thread that forks, under the lock.
sigset_t signals_at_fork;

/// Signals are held until the fork is over: a handler on this thread that needed a compile would wait for ever at the
/// gate, which only this thread opens. (A shell's handler of SIGCHLD, whose last child ends as it forks the next.)
void before_fork() AJIT_NO_ANALYSIS {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  engines_mutex().lock();
  signals_at_fork = before;
  for (Engine* engine : engines())
    engine->park();
}

void release_signals_and_lock() AJIT_NO_ANALYSIS {
  const sigset_t before = signals_at_fork;
  engines_mutex().unlock();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void after_fork_in_parent() AJIT_NO_ANALYSIS {
  for (Engine* engine : engines())
    engine->unpark();
  release_signals_and_lock();
}

void after_fork_in_child() AJIT_NO_ANALYSIS {
  for (Engine* engine : engines())
    engine->reset_after_fork();
  release_signals_and_lock();
}

/// To be asked without the lock: a fork holds it until nobody looks anything up.
std::vector<Engine*> all_engines() {
  MutexLock lock(engines_mutex());
  return engines();
}

void* exported_symbol(const char* name) {
  for (Engine* engine : all_engines())
    if (void* address = engine->exported(name)) return address;
  return nullptr;
}

bool searches_executable(void* handle) {
  static void* const executable = dlopen(nullptr, RTLD_LAZY);
  return handle == RTLD_DEFAULT || handle == executable;
}

/// For RTLD_NEXT the C library wants to know which object asks, and looks at the return address of the call. As a tail
/// call it would return to the program, in memory that belongs to no object; what stands behind a call prevents one.
void* from_here(void* address) {
  asm volatile("" : "+r"(address));
  return address;
}

} // namespace

void register_engine(Engine& engine) {
  static const int registered = pthread_atfork(&before_fork, &after_fork_in_parent, &after_fork_in_child);
  static_cast<void>(registered);
  MutexLock lock(engines_mutex());
  engines().push_back(&engine);
}

void unregister_engine(Engine& engine) {
  MutexLock lock(engines_mutex());
  std::erase(engines(), &engine);
}

void* program_dlsym(void* handle, const char* name) {
  if (searches_executable(handle))
    if (void* address = exported_symbol(name)) return address;
  return from_here(dlsym(handle, name));
}

void* program_dlvsym(void* handle, const char* name, const char* version) {
  return from_here(dlvsym(handle, name, version));
}

pid_t program_plain_fork() AJIT_NO_ANALYSIS {
  before_fork();
  pid_t child = _Fork();
  int error = errno;
  if (child == 0)
    after_fork_in_child();
  else
    after_fork_in_parent();
  errno = error;
  return child;
}

int program_dladdr(const void* address, Dl_info* info) {
  if (int found = dladdr(address, info)) return found;
  const std::vector<Engine*> all = all_engines();
  return std::any_of(all.begin(), all.end(), [&](Engine* engine) { return engine->describe(address, *info); });
}

int program_dl_iterate_phdr(int (*callback)(dl_phdr_info* info, std::size_t size, void* data), void* data) {
  struct Walk {
    int (*callback)(dl_phdr_info* info, std::size_t size, void* data);
    void* data;
    std::vector<Engine*> engines; ///< asked for before the dynamic linker's lock is taken
  };
  Walk walk{callback, data, all_engines()};
  return dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t size, void* of) {
        auto& walk = *static_cast<Walk*>(of);
        for (Engine* engine : std::exchange(walk.engines, {})) {
          const auto segments = engine->segments();
          dl_phdr_info own = *info;
          own.dlpi_addr = 0;
          own.dlpi_name = "";
          own.dlpi_phdr = segments.data();
          own.dlpi_phnum = segments.size();
          own.dlpi_tls_modid = 0;
          own.dlpi_tls_data = nullptr;
          if (int result = walk.callback(&own, size, walk.data)) return result;
        }
        return walk.callback(info, size, walk.data);
      },
      &walk);
}

const std::array<ObjectQuery, 2> object_queries{{
    {"dladdr", reinterpret_cast<void*>(&program_dladdr)},
    {"dl_iterate_phdr", reinterpret_cast<void*>(&program_dl_iterate_phdr)},
}};

void* answer_to_query(std::string_view name) {
  for (const ObjectQuery& query : object_queries)
    if (query.name == name) return query.answer;
  return nullptr;
}

void* program_dlopen(const char* path, int mode) {
  void* handle = dlopen(path, mode);
  if (!path) return handle;
  const std::vector<Engine*> all = all_engines();
  // A plug-in may need functions of the program, which the dynamic linker does not find: all at once is too early then.
  bool too_early = !handle && (mode & RTLD_NOW) != 0;
  if (too_early) handle = dlopen(path, (mode & ~RTLD_NOW) | RTLD_LAZY);
  // Variables, and functions whose addresses it holds, cannot be left for later.
  if (!handle) {
    bool shown = false;
    for (Engine* engine : all)
      shown |= engine->show_to_libraries();
    if (shown) handle = dlopen(path, mode);
    if (!handle) return nullptr;
    too_early = false;
  }
  bool complete = !too_early;
  for (Engine* engine : all)
    complete |= engine->bind_to_libraries(handle);
  if (complete) return handle;
  dlclose(handle);
  return dlopen(path, mode); // fails once more, for dlerror
}

} // namespace ajit
