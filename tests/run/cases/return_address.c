// __builtin_return_address and __builtin_frame_address: never null, and frames
// nest (or are one where a callee has been inlined).
#include <stdint.h>
#include <stdio.h>

__attribute__((noinline)) static uintptr_t caller(void) {
  __asm__ volatile("" ::: "memory"); // or two calls would be one
  return (uintptr_t)__builtin_return_address(0);
}
__attribute__((noinline)) static int nested(char* above) {
  char* frame = __builtin_frame_address(0);
  return frame <= above && above - frame < 65536;
}
__attribute__((noinline)) static int twice(void) {
  uintptr_t first = caller();
  uintptr_t second = caller();
  return first != 0 && second != 0;
}

int main(void) {
  for (int i = 0; i < 4; i++)
    printf("%d %d\n", twice(), nested(__builtin_frame_address(0)));
}
