// A program sees only the descriptors it was started with, here 0, 1 and 2. The
// next one it opens is 3.
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void) {
  printf("%d\n", open("/dev/null", O_RDONLY));
  printf("%d\n", close(3));
}
