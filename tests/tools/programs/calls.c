// For the debugger tests, which know its line numbers by the words in its comments. The functions that are called come
// after their callers: gdb moves a breakpoint on a line without code to the next line that has some.
#include <stdio.h>
#include <stdlib.h>

int middle(int count);
int leaf(int value);

int rounds = 12;
static int deepest = 5;

int main(int argc, char** argv) {
  int total = 0;
  for (int round = 0; round < rounds; round++)
    total += middle(round);                            // calls middle
  if (argc > 1) *(volatile int*)atol(argv[1]) = total; // may crash
  printf("%d\n", total);
  return 0;
}

__attribute__((noinline)) int middle(int count) {
  int sum = deepest;
  sum += leaf(count); // calls leaf
  sum *= 3;           // behind the call
  return sum;
}

__attribute__((noinline)) int leaf(int value) {
  if (value == 1000) // first line of leaf
    puts("never");
  return value + 1; // last line of leaf
}
