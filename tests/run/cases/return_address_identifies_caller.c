// A return address identifies the call site: it is the same for every call from there, in every tier of the functions
// around it. In -O0 bitcode the programmer's noinline is indistinguishable from that of clang.
#include <stdio.h>

__attribute__((noinline)) static void* here(void) {
  void* address = __builtin_return_address(0);
  __asm__ volatile("" : "+r"(address));
  return address;
}
__attribute__((noinline)) static void* direct(void) {
  void* address = here();
  __asm__ volatile("" : "+r"(address)); // or the call would be a tail call where clang optimises
  return address;
}
__attribute__((noinline)) static void* by_pointer(void* (*reader)(void)) {
  void* address = reader();
  __asm__ volatile("" : "+r"(address));
  return address;
}

int main(void) {
  void* first = direct();
  void* second = direct();
  void* pointed = by_pointer(&here);
  int same = first == second && pointed != first;
  for (int i = 0; i < 20000; i++) {
    same &= direct() == first;
    same &= by_pointer(&here) == pointed;
  }
  printf("%s\n", same ? "one address for each place" : "places change");
}
