// dladdr finds the program's functions, at their start and inside, by the names that dlsym accepts. It finds the file
// of the program's variables, and rejects addresses on the stack.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));
static const char* path;
int exported_data = 42;

static void show(const char* what, const void* address) {
  Dl_info info;
  memset(&info, 0, sizeof info);
  if (!dladdr(address, &info)) {
    printf("%s: not found\n", what);
    return;
  }
  printf("%s: %d %d\n", what, strcmp(info.dli_fname, path) == 0, info.dli_fbase == &__ehdr_start);
}
static void name(const char* what, const void* address) {
  Dl_info info;
  if (!dladdr(address, &info)) return;
  printf("%s: %s, %d\n", what, info.dli_sname ? info.dli_sname : "?", info.dli_saddr == address);
}

int exported_function(int x) { return x + exported_data; }
__attribute__((visibility("hidden"))) int hidden_function(int x) { return x - exported_data; }
int main(int argc, char** argv);
__attribute__((noinline)) void caller(void) {
  show("return address", __builtin_return_address(0));
  Dl_info info;
  if (dladdr(__builtin_return_address(0), &info) && info.dli_sname)
    printf("%s, %d\n", info.dli_sname, info.dli_saddr == (void*)main);
}

int main(int argc, char** argv) {
  (void)argc;
  path = argv[0];
  int local = 0;
  void* heap = malloc(10);
  for (int round = 0; round < 200; round++)
    local += exported_function(round) + hidden_function(round);
  show("function", (void*)exported_function);
  name("function", (void*)exported_function);
  name("main", (void*)main);
  show("hidden function", (void*)hidden_function);
  show("data", &exported_data);
  show("string", path == argv[0] ? "a constant of the program" : "");
  show("local", &local);
  show("heap", heap);
  caller();
  Dl_info info;
  printf("of a library: %d\n", dladdr(dlsym(RTLD_DEFAULT, "malloc"), &info) && strstr(info.dli_fname, "libc") != NULL);
  printf("%d\n", local);
  free(heap);
}
