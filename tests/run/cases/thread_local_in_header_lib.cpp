// The library of thread_local_in_header.cpp.
#include "thread_local_in_header.h"

void* library_visit() {
  visits++;
  logged.uses++;
  PerType<long>::value *= 3;
  return &visits;
}
int library_private() { return Private::value += 100; }
