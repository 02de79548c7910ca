// The program opens a plug-in, which uses the program's variables and addresses of its functions. Program and plug-in
// define some names both, and the program's definitions come first, in constructors as well.
#include <dlfcn.h>
#include <stdio.h>

struct host_type {
  const char* name;
  int (*apply)(int);
} host_type = {"host", NULL};
int host_counter = 5;
const char* const host_words[] = {"zero", "one", "two"};
int shared_level = 7;
int host_scale(int x) { return x * 3 + host_counter; }
int shared_answer(void) { return 42; }

int main(int argc, char** argv) {
  void* plugin = dlopen(argc > 1 ? argv[1] : "", RTLD_NOW | RTLD_LOCAL);
  if (!plugin) return puts(dlerror()), 1;
  int (*work)(int) = (int (*)(int))dlsym(plugin, "plugin_work");
  int sum = 0;
  for (int i = 0; i < 150; i++) {
    host_counter = i & 3;
    sum += work(i);
  }
  int (**table)(int) = (int (**)(int))dlsym(plugin, "plugin_table");
  printf("%d %d %d %s\n", sum, host_counter, table[0] == host_scale, host_type.name);
  printf("%d %d\n", host_type.apply(4), ((int (*)(void))dlsym(plugin, "plugin_level"))());
  void* again = dlopen(argc > 1 ? argv[1] : "", RTLD_NOW);
  printf("%d %d\n", again == plugin, dlopen("/nowhere.so", RTLD_NOW) == NULL && dlerror() != NULL);
}
