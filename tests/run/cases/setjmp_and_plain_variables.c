// Variables that are not volatile and change between setjmp and longjmp: C leaves their values unspecified, unoptimised
// code keeps the last ones. Scalars, structs, arrays, arguments; setjmp, sigsetjmp and clang's own.
#include <setjmp.h>
#include <stdio.h>

#ifdef __OPTIMIZE__
#define KEPT volatile
#else
#define KEPT
#endif

struct Pair {
  long first, second;
};

static jmp_buf here;
static sigjmp_buf signals;
static void* small[5];

__attribute__((noinline)) static void back(int value) { longjmp(here, value); }
__attribute__((noinline)) static void back_with_signals(int value) { siglongjmp(signals, value); }
__attribute__((noinline)) static void back_small(void) { __builtin_longjmp(small, 1); }

static int retries(int limit) {
  KEPT int count = 0;
  KEPT struct Pair sum = {1, 2};
  KEPT double steps[3] = {0.5, 1.5, 2.5};
  setjmp(here);
  count++;
  sum.first += count;
  sum.second += 3;
  steps[count % 3] += 1;
  if (count < limit) back(count);
  return count * 1000 + (int)(sum.first + sum.second + steps[0] + steps[1] + steps[2]);
}

static int of_an_argument(KEPT struct Pair pair, KEPT int count) {
  if (sigsetjmp(signals, 1) < 5) {
    pair.second += ++count;
    back_with_signals(count);
  }
  return (int)pair.second + count;
}

static int small_ones(int result) {
  KEPT int last = 0;
  if (__builtin_setjmp(small) == 0 || last < 3) {
    last++;
    back_small();
  }
  return result + last;
}

int main(void) {
  for (int i = 1; i < 40; i += 3) {
    printf("%d %d", retries(i), of_an_argument((struct Pair){i, 2 * i}, 0));
    printf(" %d\n", small_ones(i));
  }
}
