// More static data than code reaches with 32-bit displacements from one place: zero, with values, constant, aligned,
// and reached through pointers, other variables and libraries' functions.
#include "executable_segments.h"

#include <stdio.h>
#include <string.h>

#define MIB ((size_t)1 << 20)

static char zeros[260 * MIB];
char first[400 * MIB], second[400 * MIB];
static int with_values[5 * MIB] = {1, 2, [5 * MIB - 1] = 3};
static const long constants[2 * MIB] = {[0] = 10, [MIB] = 20, [2 * MIB - 1] = 30};
_Alignas(1 << 21) static char aligned[50 * MIB];
static int small = 7;
static char* pointers[] = {&zeros[260 * MIB - 1], &first[300 * MIB], second, (char*)&with_values[2], (char*)&small};

__attribute__((noinline)) static int touch(size_t at) {
  return zeros[at % sizeof zeros]++ + (first[at] += 2) + (second[at] += 3) + aligned[at % sizeof aligned];
}

__attribute__((noinline)) static long sum(int from) {
  return with_values[from] + with_values[5 * MIB - 1] + constants[MIB] + constants[2 * MIB - from - 1] + small;
}

int main(void) {
  long total = 0;
  for (int i = 0; i < 6; i++)
    total = total * 3 + touch(0) + touch(399 * MIB) + touch(260 * MIB - 1) + sum(i % 2);
  printf("%ld %d\n", total, (int)((size_t)aligned % sizeof(int[1 << 19])));
  for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++)
    printf("%d ", *pointers[i]);
  memset(first + MIB, 1, 3);
  printf("%zu %d\n", strlen(first + MIB), memcmp(first + MIB, "\1\1\1", 4));
  printf("%d %d %d %d\n", in_executable(first), in_executable(second + sizeof second - 1), in_executable(&zeros[MIB]),
         in_executable(&with_values[3]));
  printf("%d %d\n", in_executable(&constants[MIB]) >= 0, in_executable(&constants[MIB]) / 100);
}
