// A plug-in uses thread-local variables of the program that opens it, in threads that ran before and in new ones. Both
// find the variable by name, too.
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

__thread int request_id = 41;
__thread char buffer[3000] = "untouched";
static int (*next_id)(void);
static int (*put)(char);
static pthread_barrier_t opened;

static void* use(void* wait) {
  request_id = 100;
  if (wait) pthread_barrier_wait(&opened);
  for (int i = 0; i < 50; i++)
    next_id();
  put('t');
  int* found = dlsym(RTLD_DEFAULT, "request_id");
  printf("%d %d %s\n", request_id, found == &request_id, buffer);
  if (wait) pthread_barrier_wait(&opened);
  return 0;
}

int main(int argc, char** argv) {
  pthread_t before, after;
  pthread_barrier_init(&opened, 0, 2);
  pthread_create(&before, 0, use, &opened);
  void* plugin = dlopen(argc > 1 ? argv[1] : "", RTLD_NOW);
  if (!plugin) return puts(dlerror()), 1;
  next_id = (int (*)(void))dlsym(plugin, "next_id");
  put = (int (*)(char))dlsym(plugin, "put");
  pthread_barrier_wait(&opened);
  pthread_barrier_wait(&opened);
  pthread_join(before, 0);
  pthread_create(&after, 0, use, 0);
  pthread_join(after, 0);
  printf("%d %d %d %s\n", next_id(), request_id, put('m'), buffer);
}
