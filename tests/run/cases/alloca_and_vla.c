// Frames of dynamic size: alloca, variable-length arrays in loops (stacksave
// and stackrestore), and their addresses kept across calls.
#include <alloca.h>
#include <stdio.h>
#include <string.h>

__attribute__((noinline)) static int sum_of(const int* values, int n) {
  int sum = 0;
  for (int i = 0; i < n; i++)
    sum += values[i];
  return sum;
}
__attribute__((noinline)) static int triangle(int n) {
  int total = 0;
  for (int size = 1; size <= n; size++) {
    int row[size];
    for (int i = 0; i < size; i++)
      row[i] = i + size;
    total += sum_of(row, size);
  }
  return total;
}
__attribute__((noinline)) static int nested(int depth, const char* above) {
  char* text = alloca(depth * 16 + 1);
  memset(text, 'a' + depth % 26, depth * 16);
  text[depth * 16] = 0;
  return depth == 0 ? 0 : nested(depth - 1, text) + (int)strlen(text) + above[0];
}

int main(void) {
  for (int i = 0; i < 8; i++)
    printf("%d %d\n", triangle(i * 20), nested(i * 5 + 1, "start"));
}
