// A child of fork, which may have given up privileges, must not be able to change its parent's code. The compiler's
// memory is a file, mapped shared: the child inherits no mapping of it that is or can become writable.
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { limit = 64 };

struct mapping {
  unsigned long start, end, file;
  char rights[8];
};

static int shared_memory_files(struct mapping* found) {
  char line[4096];
  int count = 0;
  FILE* maps = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, maps)) {
    struct mapping* one = &found[count];
    if (sscanf(line, "%lx-%lx %7s %*x %*s %lu", &one->start, &one->end, one->rights, &one->file) != 4) continue;
    if (one->rights[3] == 's' && strstr(line, "/memfd:") && count < limit - 1) count++;
  }
  fclose(maps);
  return count;
}

__attribute__((noinline)) static int first_called_in_child(int x) { return x * 2; }

int main(void) {
  static struct mapping parents[limit], childs[limit];
  const int count = shared_memory_files(parents);
  printf("forks\n");
  fflush(stdout);
  if (fork() == 0) {
    int writable = 0, result = 0;
    const int inherited = shared_memory_files(childs);
    for (int i = 0; i < inherited; i++)
      for (int j = 0; j < count; j++)
        if (childs[i].file == parents[j].file)
          writable += childs[i].rights[1] == 'w' ||
                      mprotect((void*)childs[i].start, childs[i].end - childs[i].start, PROT_READ | PROT_WRITE) == 0;
    for (int i = 0; i < 1000; i++)
      result += first_called_in_child(i);
    printf("%d %d\n", writable, result);
    return 0;
  }
  int status = 0;
  wait(&status);
  printf("%d\n", status);
}
