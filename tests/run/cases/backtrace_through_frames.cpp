// _Unwind_Backtrace walks from a leaf to main through every frame: the unwind
// information of each tier must describe frames with and without frame pointers.
#include <cstdio>
#include <unwind.h>

static int frames;
static _Unwind_Reason_Code visit(_Unwind_Context*, void* main_seen) {
  frames++;
  (void)main_seen;
  return _URC_NO_REASON;
}
__attribute__((noinline)) static int depth_here() {
  frames = 0;
  _Unwind_Backtrace(visit, nullptr);
  return frames;
}
__attribute__((noinline)) static int down(int n) {
  volatile char space[64] = {static_cast<char>(n)};
  int depth = n == 0 ? depth_here() : down(n - 1);
  return depth + space[1];
}

// The exact number is unspecified: the runtime has frames above main, and
// between a caller and a callee that it samples.
int main() {
  for (int i = 0; i < 60; i++) {
    int frames = down(i);
    if (frames < i + 2 || frames > 3 * i + 40) std::printf("%d frames at depth %d\n", frames, i);
  }
  std::puts("done");
}
