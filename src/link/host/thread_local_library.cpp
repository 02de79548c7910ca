#include "thread_local_library.h"
#include "error.h"

#include <dlfcn.h>
#include <link.h>

using namespace llvm;

namespace ajit {

Expected<LoadedThreadLocals> load_thread_locals(const SharedObject& object, int flags) {
  const SharedObjectFile file = write_shared_object(object);
  Expected<void*> handle = open_shared_object(file.bytes, flags, "the library of thread-local variables");
  if (!handle) return handle.takeError();
  LoadedThreadLocals loaded{.handle = *handle, .module = 0, .distance = {}};
  link_map* map = nullptr;
  if (dlinfo(*handle, RTLD_DI_TLS_MODID, &loaded.module) != 0 || dlinfo(*handle, RTLD_DI_LINKMAP, &map) != 0) {
    dlclose(*handle);
    return make_error("cannot find the library of thread-local variables: {}", dlerror());
  }
  if (object.at_fixed_distance) loaded.distance = *reinterpret_cast<const int64_t*>(map->l_addr + file.distance_at);
  return loaded;
}

} // namespace ajit
