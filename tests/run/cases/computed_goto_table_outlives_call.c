// Label addresses escape from the function: the first call hands its label table
// out, and later calls jump through it. A later call in another compiled version
// would jump through these addresses into the old version.
#include <stdio.h>

static void* const* labels_of_run;

__attribute__((noinline)) static int run(const int* program, int* count) {
  static void* const labels[] = {&&stop, &&one, &&two};
  if (!program) {
    labels_of_run = labels;
    return 0;
  }
  goto* labels_of_run[*program++];
one:
  *count += 1;
  goto* labels_of_run[*program++];
two:
  *count += 2;
  goto* labels_of_run[*program++];
stop:
  return *count;
}

int main(void) {
  static const int program[] = {1, 2, 2, 1, 2, 0};
  int count = 0;
  run(NULL, NULL);
  for (int i = 0; i < 200; i++)
    run(program, &count);
  printf("%d\n", count);
}
