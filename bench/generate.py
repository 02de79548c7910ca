"""Generates C programs that time their own calls.

first_calls(n): n functions, each called once, in an order that jumps about the
module. Prints the median, 99th percentile and maximum cost of a call in
microseconds. The bodies run for nanoseconds, so this is the cost of getting a
body.

crossings(n): n functions, each called past the first two thresholds. The loss
of a crossing is the difference between the slowest and the fastest call around
the threshold. Prints the median, 99th percentile and maximum loss.

transition(): one loop of main, divided into chunks of some tens of
microseconds. Prints when the chunks became fast for good, in milliseconds from
the loop's start; the duration of a slow chunk; and the duration of the slowest
chunk just before the change.
"""

PROLOGUE = """#include <stdio.h>
#include <stdlib.h>
#include <time.h>
static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e6 + t.tv_nsec / 1e3;
}
static int compare(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}
"""

# About the size of an average function of a real program: a loop, a switch, a
# few branches and a call. Constants differ, so that no pass merges two functions.
BODY = """unsigned f{i}(unsigned x, unsigned *p) {{
  unsigned sum = {a};
  for (unsigned i = 0; i < (x & 3); i++)
    sum += p[i] * {b} + i;
  switch (x % 5) {{
  case 0: sum ^= {c}; break;
  case 1: sum -= x * {a}; break;
  case 3: sum = sum > {c} ? sum - p[1] : sum + p[2]; break;
  default: sum <<= 1;
  }}
  if (sum == 4000000000u + {c})
    puts("that was unlikely");
  p[x & 3] = sum;
  return sum & 1023;
}}
"""


def functions(count):
    bodies = [BODY.format(i=i, a=i * 7 % 1000 + 1, b=i % 97 + 3, c=i * 31 % 4096) for i in range(count)]
    names = ", ".join(f"f{i}" for i in range(count))
    return "".join(bodies) + f"static unsigned (*const functions[])(unsigned, unsigned *) = {{{names}}};\nenum {{ count = {count} }};\n"


def first_calls(count):
    return PROLOGUE + functions(count) + """
int main(void) {
  static double cost[count];
  unsigned data[4] = {1, 2, 3, 4}, sum = 0;
  unsigned at = 17;
  for (int i = 0; i < count; i++) {
    at = (at + 617) % count; /* a prime that divides no count used here */
    double start = now();
    sum += functions[at](i, data);
    cost[i] = now() - start;
  }
  qsort(cost, count, sizeof cost[0], compare);
  fprintf(stderr, "%u\\n", sum);
  printf("%.2f %.2f %.2f\\n", cost[count / 2], cost[count * 99 / 100], cost[count - 1]);
}
"""


def crossings(count):
    return PROLOGUE + functions(count) + """
static double loss[2 * count];
static unsigned data[4];
static double timed(int f, unsigned x) {
  double start = now();
  functions[f](x, data);
  return now() - start;
}
int main(void) {
  static const int thresholds[] = {100, 1000};
  const struct timespec pause = {0, 3000000}; /* the queue empties: what is measured is a crossing, not a load */
  int crossings = 0;
  for (int f = 0; f < count; f++) {
    int calls = 0;
    for (int t = 0; t < 2; t++) {
      for (; calls < thresholds[t] - 3; calls++)
        functions[f](calls, data);
      double slowest = 0, fastest = 1e9;
      for (int i = 0; i < 5; i++) { /* the threshold and two calls on either side */
        double cost = timed(f, calls++);
        slowest = cost > slowest ? cost : slowest;
        fastest = cost < fastest ? cost : fastest;
      }
      loss[crossings++] = slowest - fastest;
      nanosleep(&pause, NULL);
    }
  }
  qsort(loss, crossings, sizeof loss[0], compare);
  printf("%.2f %.2f %.2f\\n", loss[crossings / 2], loss[crossings * 99 / 100], loss[crossings - 1]);
}
"""


def transition():
    """Peers do not report when they change code, so the loop measures it with the clock."""
    return PROLOGUE + """
enum { chunks = 6000, length = 1024, lasting = 50 };
static double end[chunks + 1];
static unsigned a[length];
int main(void) {
  unsigned x = 1;
  end[0] = now();
  for (int c = 0; c < chunks; c++) {
    for (int round = 0; round < 16; round++, x = x * 5 + 1)
      for (int i = 0; i < length; i++)
        a[i] = (a[i] ^ x) + (a[i] << 3) + i;
    end[c + 1] = now();
  }
  double sorted[lasting], slow, slowest = 0;
  for (int c = 0; c < 20; c++)
    sorted[c] = end[c + 1] - end[c];
  qsort(sorted, 20, sizeof *sorted, compare);
  slow = sorted[10];
  for (int c = 1; c + lasting < chunks; c++) {
    for (int i = 0; i < lasting; i++)
      sorted[i] = end[c + i + 1] - end[c + i];
    qsort(sorted, lasting, sizeof *sorted, compare);
    if (end[c + 1] - end[c] < slow / 2 && sorted[lasting * 3 / 4] < slow / 2) { /* a quarter may be disturbed */
      for (int i = c - 1; i >= 0 && i >= c - 5; i--)
        if (end[i + 1] - end[i] > slowest) slowest = end[i + 1] - end[i];
      printf("%.3f %.1f %.1f\\n", (end[c] - end[0]) / 1e3, slow, slowest);
      return (int)(a[x % length] & 0);
    }
  }
  puts("never");
  return 1;
}
"""
