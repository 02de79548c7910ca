// The program sees its own working directory. A return from main flushes files
// that are still open.
#include <stdio.h>
#include <sys/stat.h>

int main(void) {
  mkdir("folder", 0755);
  FILE* out = fopen("folder/numbers", "w");
  for (int i = 0; i < 3000; i++)
    fprintf(out, "%d\n", i * i);
  FILE* binary = fopen("bytes", "wb");
  for (int i = 0; i < 1000; i++)
    putc(i * 7 % 256, binary);
  return 0;
}
