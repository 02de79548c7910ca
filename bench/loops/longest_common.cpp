// The longest common subsequence of two strings by dynamic programming (Hirschberg, Communications of the ACM 18:6,
// 1975, algorithm B).
//
// std::string and std::array on main's stack, and references into them. argv[1] is the number of rounds over 400
// letters: 1 by default.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

int main(int argc, char** argv) {
  constexpr std::size_t length = 400;
  int rounds = argc > 1 ? std::atoi(argv[1]) : 1;
  std::string a(length, ' '), b(length, ' ');
  std::array<std::array<int, length + 1>, 2> rows;
  std::uint32_t state = 1;
  long sum = 0;
  for (int round = 0; round < rounds; round++) {
    for (std::size_t i = 0; i < length; i++) {
      state = state * 1664525u + 1013904223u;
      a[i] = "acgt"[state >> 30];
      b[i] = "acgt"[state >> 20 & 3];
    }
    rows[0].fill(0);
    rows[1].fill(0);
    for (std::size_t i = 0; i < length; i++) {
      auto& above = rows[i % 2];
      auto& row = rows[(i + 1) % 2];
      for (std::size_t j = 0; j < length; j++)
        row[j + 1] = a[i] == b[j] ? above[j] + 1 : above[j + 1] > row[j] ? above[j + 1] : row[j];
    }
    sum += rows[length % 2][length];
  }
  std::printf("%d rounds: %ld letters in common\n", rounds, sum);
  return 0;
}
