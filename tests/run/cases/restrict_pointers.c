// OSR leaves loops over restrict pointers: pointers that advance, that are derived from one another, that are also kept
// in memory, and that are returned.
#include <stdio.h>
#include <stdlib.h>

struct pair {
  long sum, last;
};
static long* kept;

static long* advance(long* restrict to, const long* restrict from, long n) {
  long* restrict end = to + n;
  long* middle = to + n / 2;
  for (long* at = to; at != end; at++, from++) {
    *at = *from * 3 + middle[-1];
    if (at == middle) middle[-1] += 7;
  }
  return to;
}
static struct pair sums(long* restrict sum, const int* restrict places, long* restrict data, struct pair start,
                        long n) {
  for (long i = 0; i < n; i++) {
    sum[0] += data[places[i]];
    data[places[i]] ^= sum[0] & 255;
    start.sum += sum[0];
    start.last = places[i];
  }
  return start;
}
static long keep(long* restrict a, long n) {
  kept = a; // based on a; the loop reads it back from memory
  long total = 0;
  for (long i = 0; i + 1 < n; i++) {
    a[i] = i;
    kept[i] += 2;
    total += a[i];
  }
  return total;
}
static long* allocate(long n) {
  long *made = malloc((unsigned long)n * sizeof *made), *other = malloc((unsigned long)n * sizeof *other);
  other[0] = 1;
  for (long i = 1, *at = made; i <= n; i++) {
    *at++ = i * other[i - 1];
    if (i < n) other[i] = other[i - 1] + (at[-1] & 3);
  }
  free(other);
  return made;
}

int main(void) {
  enum { n = 3000 };
  static long a[n], b[n];
  static int places[n];
  for (int i = 0; i < n; i++)
    b[i] = i, places[i] = i * 7 % n;
  long sum[2] = {1, 2}, digest = 0;
  for (int round = 0; round < 4; round++) {
    long* end = advance(a, b, n);
    struct pair start = {round, 0}, got = sums(sum, places, a, start, n);
    long* made = allocate(n);
    digest = digest * 31 + end[n - 1] + got.sum + got.last + keep(b, n) + made[n - 1];
    free(made);
  }
  printf("%ld %ld\n", digest, sum[0]);
}
