// The fast Fourier transform, radix 2, in place, with bit reversal first (Cooley and Tukey, Mathematics of Computation
// 19, 1965; Cormen et al., Introduction to Algorithms, ITERATIVE-FFT).
//
// Static arrays of a power of two, three loops whose bounds change, a transform and its inverse per round. argv[1] is
// the number of rounds over 4,096 points: 1 by default.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { bits = 12, points = 1 << bits };
static double re[points], im[points], cosine[points / 2], sine[points / 2];

int main(int argc, char** argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 1;
  for (int i = 0; i < points / 2; i++) {
    cosine[i] = cos(2 * 3.14159265358979323846 * i / points);
    sine[i] = sin(2 * 3.14159265358979323846 * i / points);
  }
  for (int i = 0; i < points; i++)
    re[i] = i % 17 - 8.0;
  for (int pass = 0; pass < 2 * rounds; pass++) {
    double sign = pass % 2 ? -1 : 1;
    for (unsigned i = 0, j = 0; i < points; i++) {
      if (i < j) {
        double x = re[i], y = im[i];
        re[i] = re[j], im[i] = im[j];
        re[j] = x, im[j] = y;
      }
      unsigned bit = points >> 1;
      for (; j & bit; bit >>= 1)
        j ^= bit;
      j |= bit;
    }
    for (int half = 1; half < points; half *= 2)
      for (int block = 0; block < points; block += 2 * half)
        for (int k = 0; k < half; k++) {
          double wr = cosine[k * (points / 2 / half)], wi = -sign * sine[k * (points / 2 / half)];
          int a = block + k, b = a + half;
          double x = re[b] * wr - im[b] * wi, y = re[b] * wi + im[b] * wr;
          re[b] = re[a] - x, im[b] = im[a] - y;
          re[a] += x, im[a] += y;
        }
    if (pass % 2)
      for (int i = 0; i < points; i++)
        re[i] /= points, im[i] /= points;
  }
  double power = 0;
  for (int i = 0; i < points; i++)
    power += re[i] * re[i] + im[i] * im[i];
  printf("%d rounds: power %.6f, first %.9f\n", rounds, power, re[0]);
  return 0;
}
