// An inline thread_local variable exists once although program and shared library define it; a hidden one exists twice.
#include "thread_local_in_header.h"
#include <thread>

// Both branches lead to the same value, and so do both edges of the switch.
__attribute__((noinline)) static int* one_of(int which, int* other) {
  switch (which) {
  case 0:
  case 1:
    return &visits;
  default:
    return other;
  }
}

static void visit(const char* who) {
  int other = 0;
  for (int i = 0; i < 120; i++) {
    void* theirs = library_visit();
    if (theirs != &visits || one_of(i & 1, &other) != theirs || one_of(2, &other) != &other) std::printf("two\n");
    logged.uses += 1000;
    visits += 2;
    PerType<long>::value %= 1000;
    Private::value += 5;
  }
  std::printf("%s: %d %d %ld %d %d\n", who, visits, logged.uses, PerType<long>::value, Private::value,
              library_private());
}

int main() {
  std::thread(visit, "first").join();
  visit("main");
  std::thread(visit, "second").join();
}
