// Tentative definitions as common symbols: the largest wins, and an initialised
// definition in another module wins over all. The rest are zero.
#include <stdio.h>

int tentative;
int defined_elsewhere;
char buffer[16];
extern int sum_in_other_module(void);

int main(void) {
  printf("%d %d\n", tentative, defined_elsewhere);
  tentative = 3;
  defined_elsewhere += 4;
  buffer[15] = 5;
  printf("%d\n", sum_in_other_module());
}
