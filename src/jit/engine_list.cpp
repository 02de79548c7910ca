#include "engine_list.h"
#include "forks.h"

namespace ajit {

EngineList& engine_list() {
  static auto* list = new EngineList();
  return *list;
}

std::vector<Engine*> all_engines() {
  EngineList& list = engine_list();
  MutexLock lock(list.mutex);
  return list.engines;
}

void register_engine(Engine& engine) {
  watch_forks();
  EngineList& list = engine_list();
  MutexLock lock(list.mutex);
  list.engines.push_back(&engine);
}

void unregister_engine(Engine& engine) {
  EngineList& list = engine_list();
  MutexLock lock(list.mutex);
  std::erase(list.engines, &engine);
}

} // namespace ajit
