// Hidden, protected and internal visibility affect how code reaches symbols of a
// shared object, but make no difference within one program.
#include <stdio.h>

__attribute__((visibility("hidden"))) int hidden_function(int x) { return x + 1; }
__attribute__((visibility("protected"))) int protected_function(int x) { return x + 2; }
__attribute__((visibility("hidden"))) int hidden_data = 3;
__attribute__((visibility("protected"))) int protected_data = 4;
extern __attribute__((visibility("hidden"))) int hidden_in_other(int);

int main(void) {
  int sum = 0;
  for (int i = 0; i < 5; i++)
    sum = sum * 3 + hidden_function(i) + protected_function(i) + hidden_data++ + protected_data-- + hidden_in_other(i);
  printf("%d\n", sum);
}
