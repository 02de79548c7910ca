// pthread_exit and pthread_cancel unwind the stack with a foreign exception:
// destructors run, catch (...) must rethrow, other handlers do not match.
#include <cstdio>
#include <pthread.h>
#include <unistd.h>

struct Guard {
  const char* name;
  ~Guard() { std::printf("cleanup %s\n", name); }
};
static void leave(int depth) {
  Guard guard{"of leave"};
  if (depth == 0) pthread_exit(reinterpret_cast<void*>(7));
  try {
    leave(depth - 1);
  } catch (int) {
    std::puts("caught as int, which is wrong");
  } catch (...) {
    std::puts("passing by");
    throw;
  }
}
static void* exits(void*) { return leave(2), nullptr; }
static void* waits(void*) {
  Guard guard{"of waits"};
  for (;;)
    pause();
}

int main() {
  pthread_t t;
  void* result;
  pthread_create(&t, nullptr, exits, nullptr);
  pthread_join(t, &result);
  std::printf("result %ld\n", reinterpret_cast<long>(result));
  pthread_create(&t, nullptr, waits, nullptr);
  pthread_cancel(t);
  pthread_join(t, &result);
  std::printf("cancelled %d\n", result == PTHREAD_CANCELED);
}
