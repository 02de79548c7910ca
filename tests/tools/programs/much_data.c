// For the test of scarce memory: more static data than the limit allows.
#include <stdio.h>

static char data[3l << 30];

int main(int argc, char** argv) {
  (void)argv;
  data[argc]++;
  printf("%d\n", data[1]);
}
