// Emulators and other runtimes map memory at fixed low addresses: the process has nothing there.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

int main(void) {
  const unsigned long places[] = {0x10000,   0x100000,  0x400000,   0x600000,   0x750000,   0x800000,  0x1000000,
                                  0x2000000, 0x8000000, 0x10000000, 0x40000000, 0x7f000000, 0xf0000000};
  for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
    void* at = mmap((void*)places[i], 65536, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (at != MAP_FAILED) memset(at, 1, 65536);
    printf("%lx: %s\n", places[i], at == MAP_FAILED ? strerror(errno) : "mapped");
  }
  printf("%d\n", mmap(0, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0) != MAP_FAILED);
}
