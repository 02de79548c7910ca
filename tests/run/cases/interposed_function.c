// A function of the program with the name of one in the C library serves the
// library as well, if that calls it through its PLT: malloc is the example.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char arena[1 << 16];
static volatile size_t used, calls;
void* malloc(size_t size) {
  void* p = &arena[used];
  calls++;
  used += (size + 31) / 16 * 16;
  return used <= sizeof arena ? p : NULL;
}
void free(void* p) { (void)p; }
void* calloc(size_t n, size_t size) { return memset(malloc(n * size), 0, n * size); }
void* realloc(void* p, size_t size) {
  void* q = malloc(size);
  return p ? memcpy(q, p, size) : q;
}

int main(void) {
  static char buffer[256];
  setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  size_t before = calls;
  char* copy = strdup("copied by the library");
  printf("%s %d %zu\n", copy, copy >= arena && copy < arena + sizeof arena, calls - before);
}
