// Atomics of all sizes, 16 bytes included, which are calls into libatomic.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

struct wide {
  long a, b;
};
static _Atomic struct wide wide;
static atomic_uchar small;
static atomic_long total;

static void* thread(void* unused) {
  for (int i = 0; i < 500; i++) {
    struct wide old = atomic_load(&wide), new;
    do
      new = (struct wide){old.a + 1, old.b + 2};
    while (!atomic_compare_exchange_weak(&wide, &old, new));
    atomic_fetch_add(&small, 3);
    atomic_fetch_add_explicit(&total, i, memory_order_relaxed);
  }
  return unused;
}

int main(void) {
  pthread_t threads[4];
  for (int i = 0; i < 4; i++)
    pthread_create(&threads[i], NULL, thread, NULL);
  for (int i = 0; i < 4; i++)
    pthread_join(threads[i], NULL);
  struct wide end = atomic_load(&wide);
  printf("%ld %ld %d %ld\n", end.a, end.b, atomic_load(&small), atomic_load(&total));
}
