// The Mandelbrot set as the Computer Language Benchmarks Game defines it ("mandelbrot"): an n by n bitmap of
// [-1.5, 0.5] x [-1, 1], fifty iterations per point, eight points to a byte. Instead of the bitmap its checksum is
// printed (FNV-1a over the bytes).
//
// Three loops, the innermost with two ways out, all state in registers. argv[1] is n: 64 by default.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  int n = argc > 1 ? atoi(argv[1]) : 64;
  uint32_t digest = 2166136261u;
  long inside = 0;
  for (int y = 0; y < n; y++) {
    double ci = 2.0 * y / n - 1.0;
    unsigned bits = 0;
    for (int x = 0; x < n; x++) {
      double cr = 2.0 * x / n - 1.5;
      double zr = 0, zi = 0, tr = 0, ti = 0;
      int i = 0;
      for (; i < 50 && tr + ti <= 4.0; i++) {
        zi = 2.0 * zr * zi + ci;
        zr = tr - ti + cr;
        tr = zr * zr;
        ti = zi * zi;
      }
      bits = bits << 1 | (tr + ti <= 4.0);
      inside += tr + ti <= 4.0;
      if (x % 8 == 7 || x == n - 1) {
        digest = (digest ^ (bits & 255)) * 16777619u;
        bits = 0;
      }
    }
  }
  printf("%d: %ld points, digest %08x\n", n, inside, digest);
  return 0;
}
