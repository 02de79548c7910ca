// A throw from a callback reaches its handler through frames of the C library,
// which has unwind information of its own.
#include <cstdio>
#include <cstdlib>

struct Stop {
  int after;
};
static int comparisons;
static int compare(const void* a, const void* b) {
  if (++comparisons % 40 == 0) throw Stop{comparisons};
  return *static_cast<const int*>(a) - *static_cast<const int*>(b);
}

int main() {
  for (int round = 0; round < 6; round++) {
    int values[30];
    for (int i = 0; i < 30; i++)
      values[i] = (i * 17 + round) % 31;
    try {
      std::qsort(values, round < 3 ? 30 : 12, sizeof(int), compare);
      std::printf("sorted, %d first\n", values[0]);
    } catch (Stop& stop) {
      std::printf("stopped after %d\n", stop.after);
    }
  }
}
