// Thread-local variables of a shared library, which the program uses directly: each thread has its own, which starts
// with the initial value.
#include <pthread.h>
#include <stdio.h>

extern _Thread_local int library_counter;
extern _Thread_local struct {
  long values[6];
  const char* text;
} library_record;
extern int library_sees(void);

__attribute__((noinline)) static int bump(int by) { return library_counter += by; }
static void* thread(void* result) {
  for (int i = 0; i < 150; i++)
    bump(i % 3);
  library_record.values[2] += bump(0) + library_sees();
  *(long*)result = library_record.values[2];
  return NULL;
}

int main(void) {
  long results[4];
  for (int i = 0; i < 4; i++) {
    pthread_t t;
    pthread_create(&t, NULL, thread, &results[i]);
    pthread_join(t, NULL);
    printf("%ld\n", results[i]);
  }
  bump(7);
  printf("%d %d %s %d\n", library_counter, library_sees(), library_record.text, &library_counter == &library_counter);
}
