// The library of library_opens_plugin.c.
#include <dlfcn.h>
#include <stdio.h>

int open_plugin(const char* path) {
  void* plugin = dlopen(path, RTLD_NOW);
  if (!plugin) return puts(dlerror()), -1;
  return ((int (*)(int))dlsym(plugin, "plugin_run"))(20);
}
