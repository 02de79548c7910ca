// Module-level assembly that defines a function, a datum and a name local to
// the module, and that calls back into C.
#include <stdio.h>

__asm__(".text\n"
        ".globl asm_add\n"
        ".type asm_add,@function\n"
        "asm_add:\n"
        "  lea (%rdi,%rsi), %eax\n"
        "  ret\n"
        ".size asm_add, .-asm_add\n"
        ".type asm_calls_c,@function\n"
        "asm_calls_c:\n"
        "  sub $8, %rsp\n"
        "  call from_asm@PLT\n"
        "  add $8, %rsp\n"
        "  inc %eax\n"
        "  ret\n"
        ".data\n"
        ".globl asm_value\n"
        "asm_value: .long 1234\n"
        ".text\n");

extern int asm_add(int, int), asm_value;
extern int asm_calls_c(int);
__attribute__((used)) int from_asm(int x) { return asm_add(x, 100); }

int main(void) {
  int sum = 0;
  for (int i = 0; i < 10; i++)
    sum += asm_add(i, asm_value) + asm_calls_c(i);
  asm_value = 1;
  printf("%d %d\n", sum, asm_add(asm_value, 1));
}
