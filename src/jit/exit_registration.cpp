#include "exit_registration.h"
#include "engine.h"
#include "engine_list.h"
#include "host_symbols.h"
#include "signals_held.h"

extern "C" {
int __cxa_atexit(void (*function)(void*), void* argument, void* dso_handle);
int __cxa_at_quick_exit(void (*function)(void*), void* dso_handle);
int __register_atfork(void (*prepare)(), void (*parent)(), void (*child)(), void* dso_handle);
}

namespace ajit {
namespace {

using Function = void (*)();

/// The handle of the Jit that holds `function`; null, the executable's handle, for code of the process.
void* handle_of(Function function) {
  SignalsHeld held;
  for (Engine* engine : all_engines())
    if (engine->owns(reinterpret_cast<void*>(function))) return engine->exit_handlers().dso_handle();
  return nullptr;
}

int register_at_exit(Function function) {
  return __cxa_atexit(reinterpret_cast<void (*)(void*)>(function), nullptr, handle_of(function));
}

int register_at_quick_exit(Function function) {
  return __cxa_at_quick_exit(reinterpret_cast<void (*)(void*)>(function), handle_of(function));
}

int register_atfork(Function prepare, Function parent, Function child) {
  void* handle = nullptr;
  for (Function function : {prepare, parent, child})
    if (function && !handle) handle = handle_of(function);
  return __register_atfork(prepare, parent, child, handle);
}

} // namespace

void define_exit_registration(HostSymbols& host) {
  host.define("atexit", reinterpret_cast<void*>(&register_at_exit));
  host.define("at_quick_exit", reinterpret_cast<void*>(&register_at_quick_exit));
  host.define("pthread_atfork", reinterpret_cast<void*>(&register_atfork));
}

} // namespace ajit
