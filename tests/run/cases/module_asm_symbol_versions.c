// Module-level assembly that only sets properties of symbols: a weak definition,
// a second name by .set, and the value of an absolute symbol.
#include <stdio.h>

__asm__(".globl second_name\n"
        ".set second_name, first_name\n"
        ".globl absolute_symbol\n"
        ".set absolute_symbol, 4660\n"
        ".weak nowhere_to_be_found\n");

extern char absolute_symbol[];
extern int second_name(int);
extern int nowhere_to_be_found(void) __attribute__((weak));
__attribute__((used, noinline)) int first_name(int x) { return x ^ 0x55; }

int main(void) {
  printf("%d %d %d\n", second_name(10), second_name(20), nowhere_to_be_found != NULL);
  printf("%lu\n", (unsigned long)absolute_symbol);
}
