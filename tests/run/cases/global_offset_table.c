// The large code model with position-independent code reaches everything by offsets from _GLOBAL_OFFSET_TABLE_. (A
// program that takes its address in this model crashes natively as well.)
#include <stdio.h>

static int data = 5;
int other = 7;
__attribute__((noinline)) static int f(int x) { return x + data++ + other; }
static int (*volatile pointer)(int) = f;

int main(void) {
  int sum = 0;
  for (int i = 0; i < 200; i++)
    sum += f(i) + pointer(i) + (stdout != NULL);
  printf("%d\n", sum);
}
