// _Unwind_Backtrace walks from a leaf to main through every frame: the unwind
// information of each tier must describe its frames, frame pointer or not.
#include <cstdio>
#include <unwind.h>

static int frames;
static _Unwind_Reason_Code visit(_Unwind_Context *, void *main_seen) {
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

// Only differences: how many frames there are above main is not the program's
// affair.
int main() {
  int base = down(0);
  for (int i = 1; i < 6; i++)
    std::printf("%d\n", down(i * 10) - base);
}
