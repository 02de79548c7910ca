// The 0/1 knapsack by dynamic programming over capacities (Kellerer, Pferschy and Pisinger, Knapsack Problems, section
// 2.3).
//
// A std::vector in main's loop: in -O0 bitcode each access is a call, which a continuation inlines. argv[1] is the
// number of items for a capacity of 20,000: 3 by default.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

int main(int argc, char** argv) {
  int items = argc > 1 ? std::atoi(argv[1]) : 3;
  constexpr std::size_t capacity = 20000;
  std::vector<std::uint32_t> best(capacity + 1);
  std::uint32_t state = 1;
  for (int item = 0; item < items; item++) {
    state = state * 1664525u + 1013904223u;
    std::size_t weight = 1 + (state >> 20);
    std::uint32_t value = 1 + (state >> 8 & 1023);
    for (std::size_t room = capacity; room >= weight; room--)
      best[room] = std::max(best[room], best[room - weight] + value);
  }
  std::printf("%d items: best value %u\n", items, best[capacity]);
  return 0;
}
