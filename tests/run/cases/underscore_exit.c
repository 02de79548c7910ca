// _exit ends the process at once, without running handlers or flushing buffers.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void wrong(void) { write(1, "handler ran\n", 12); }

int main(void) {
  atexit(wrong);
  printf("flushed\n");
  fflush(stdout);
  printf("still in the buffer, never seen");
  _exit(23);
}
