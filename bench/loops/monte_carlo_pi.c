// Pi by throwing darts, with Marsaglia's xorshift generator (Journal of Statistical Software 8:14, 2003; the 64-bit
// triple 13, 7, 17).
//
// One loop of integers and doubles in registers. argv[1] is the number of darts: 10,000 by default.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  uint64_t darts = argc > 1 ? strtoull(argv[1], NULL, 10) : 10000;
  uint64_t state = 88172645463325252u, inside = 0;
  for (uint64_t i = 0; i < darts; i++) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    double x = (double)(state >> 32) / 4294967296.0;
    double y = (double)(state & 0xffffffffu) / 4294967296.0;
    if (x * x + y * y < 1) inside++;
  }
  printf("%llu of %llu: %.9f\n", (unsigned long long)inside, (unsigned long long)darts, 4.0 * inside / darts);
  return 0;
}
