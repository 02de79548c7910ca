// The program opens a plug-in itself, with RTLD_NOW, and the plug-in calls functions of the program. dlopen refuses
// another plug-in, which has an undefined symbol.
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

static int registered, total;
void host_register(const char* name, int (*function)(int)) {
  registered++;
  for (int i = 0; i < 150; i++)
    total += function(i);
  printf("%s: %d\n", name, total);
}
int host_scale(int x) { return x * 3; }

int main(int argc, char** argv) {
  char path[1000], *end;
  snprintf(path, sizeof path, "%s", argc > 1 ? argv[1] : "");
  void* plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!plugin) return puts("no plug-in"), 1;
  void (*start)(void) = (void (*)(void))dlsym(plugin, "plugin_start");
  start();
  end = strrchr(path, '/');
  strcpy(end, "/nowhere.so");
  printf("%d registered, %d\n", registered, dlopen(path, RTLD_NOW) == NULL && dlerror() != NULL);
}
