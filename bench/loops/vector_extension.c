// A finite impulse response filter of 32 taps on eight channels at a time (Oppenheim and Schafer, Discrete-Time Signal
// Processing, section 6.5, direct form), in the vectors of GCC and clang (`vector_size`).
//
// Wide vectors live across the loops, a ring of them on the stack. argv[1] is the number of samples per channel: 2,000
// by default.
#include <stdio.h>
#include <stdlib.h>

typedef float lanes __attribute__((vector_size(32)));
typedef int masks __attribute__((vector_size(32)));
enum { taps = 32 };

int main(int argc, char** argv) {
  long samples = argc > 1 ? atol(argv[1]) : 2000;
  float weights[taps];
  lanes ring[taps] = {{0}};
  for (int i = 0; i < taps; i++)
    weights[i] = (float)((i < taps / 2 ? i + 1 : taps - i) / 272.0);
  lanes phase = {0, 1, 2, 3, 4, 5, 6, 7}, power = {0}, peak = {0};
  for (long n = 0; n < samples; n++) {
    masks high = phase > 3.5f;
    phase = phase * 0.75f + 1.0f - (lanes)(high & (masks)((lanes){0} + 2.5f));
    ring[n % taps] = phase;
    lanes sum = {0};
    for (int i = 0; i < taps; i++)
      sum += ring[(n + taps - i) % taps] * weights[i];
    power = power * 0.999f + sum * sum;
    masks above = sum > peak;
    peak = (lanes)(((masks)sum & above) | ((masks)peak & ~above));
  }
  for (int i = 0; i < 8; i++)
    printf("%.6f %.6f%s", power[i], peak[i], i < 7 ? ", " : "\n");
  return 0;
}
