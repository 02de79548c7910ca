// More arguments than registers, of mixed kinds, through a pointer as well:
// the first call and the stub must not disturb the stack.
#include <stdio.h>

typedef double wide(int a, double b, long c, float d, short e, double f, char* g, double h, int i, double j, long k,
                    double l, int m, double n, double o, double p, double q, long r, int s, double t);
__attribute__((noinline)) static double add(int a, double b, long c, float d, short e, double f, char* g, double h,
                                            int i, double j, long k, double l, int m, double n, double o, double p,
                                            double q, long r, int s, double t) {
  return a + b * 2 + c * 3 + d * 4 + e * 5 + f * 6 + g[0] + h * 8 + i * 9 + j * 10 + k * 11 + l * 12 + m * 13 + n * 14 +
         o * 15 + p * 16 + q * 17 + r * 18 + s * 19 + t * 20;
}
static wide* volatile pointer = add;

int main(void) {
  for (int i = 0; i < 5; i++)
    printf("%g %g\n", add(1, 2, 3, 4, 5, 6, "g", 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, i),
           pointer(i, 2, 3, 4, 5, 6, "h", 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20));
}
