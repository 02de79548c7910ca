// A table of 32-bit differences of label addresses, `&&a - &&b`, in constant
// data: threaded interpreters use such tables to save space.
#include <stdio.h>

static int run(const unsigned char* code) {
  static const int offsets[] = {&&halt - &&halt, &&increment - &&halt, &&square - &&halt};
  int value = 1;
#define next goto*(&&halt + offsets[*code++])
  next;
increment:
  value++;
  next;
square:
  value = value * value % 10007;
  next;
halt:
  return value;
}

int main(void) {
  int sum = 0;
  for (int i = 0; i < 150; i++)
    sum += run((const unsigned char[]){1, 2, 1, 2, 2, (unsigned char)(i % 3), 0, 0});
  printf("%d\n", sum);
}
