//===- engine_list.h - The engines of the process -----------------------------------------------------------------===//
//
// For events that reach the runtime without naming an engine: a fork, before which every engine must come to rest, and
// a program's queries about its own symbols.
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "thread_annotations.h"

#include <vector>

namespace ajit {

class Engine;

/// Lives as long as the process, since fork handlers cannot be taken back.
struct EngineList {
  Mutex mutex; ///< held during a fork
  std::vector<Engine*> engines AJIT_GUARDED_BY(mutex);
};

EngineList& engine_list();

/// A copy, to be used without the lock: a fork holds the lock while it waits for lookups to end.
std::vector<Engine*> all_engines();

/// From now on forks wait for `engine` to come to rest, and the program's queries find its symbols.
void register_engine(Engine& engine);
void unregister_engine(Engine& engine);

} // namespace ajit
