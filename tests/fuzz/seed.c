// The loader's fuzzer starts from objects of this file, compiled for i386 at all tiers. It makes clang emit most of
// what the loader accepts, and with -fPIC and thread-local storage some of what the loader refuses.
extern int external(int);
int common;
static int counter;
int zeros[100];
__attribute__((aligned(64))) int values[3] = {1, 2, 3};
int (*table[])(int) = {external};

__attribute__((constructor)) static void start(void) { counter = 1; }

__attribute__((weak)) int sum(const int* numbers, int count) {
  int result = 0;
  for (int i = 0; i < count; i++)
    result += numbers[i];
  return result + common;
}

int choose(int which) {
  switch (which) {
  case 0:
    return external(1);
  case 1:
    return sum(values, 3);
  case 2:
    return zeros[counter++];
  case 3:
    return table[0](which);
  case 4:
    return 17;
  default:
    return (int)"text"[which & 3];
  }
}
