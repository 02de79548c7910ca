// Functions that inspect their callers' frames: the chain of saved frame pointers is as long as the recursion, as the
// order on the stack and the return addresses confirm. Every call from one place has the same return address.
#include <stdint.h>
#include <stdio.h>

__attribute__((noinline)) static int links_up_to(void** frame, void* top) {
  int links = 0;
  while (frame && (void*)frame < top && links < 1000) {
    void** next = *frame;
    if (next <= frame) return -1;
    frame = next;
    ++links;
  }
  return frame == top ? links : -2;
}

__attribute__((noinline)) static int depth_below(int depth, void* top) {
  int links = depth == 0 ? links_up_to(__builtin_frame_address(0), top) : depth_below(depth - 1, top);
  __asm__ volatile("" : "+r"(links)); // no tail call
  return links;
}

__attribute__((noinline)) static void* callers_caller(void) {
  __asm__ volatile("");
  return __builtin_return_address(1);
}
__attribute__((noinline)) static void* between(void) {
  void* address = callers_caller();
  __asm__ volatile("" : "+r"(address));
  return address;
}

int main(void) {
  void* seen = 0;
  int others = 0;
  for (int i = 0; i < 200; ++i) {
    int links = depth_below(i % 50, __builtin_frame_address(0));
    if (links != i % 50 + 1) printf("%d: %d links\n", i, links);
  }
  for (int i = 0; i < 200; ++i) {
    void* address = between();
    others += seen && address != seen;
    seen = address;
  }
  printf("%d others\n", others);
  return 0;
}
