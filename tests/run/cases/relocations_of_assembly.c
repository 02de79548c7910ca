// Assembly with relocations that compilers do not emit, or only for the large code model: offsets from the global
// offset table, of entries of the procedure linkage table, sizes of symbols, distances of 8, 16 and 64 bits, and absolute
// values of 8, 16 and 32 bits.
#include <stdio.h>
#include <string.h>

long variable = 42;
long table[5] = {1, 2, 3, 4, 5};
int twice(int x) { return x * 2; }

extern const long sizes[2], far_distance, got_offset;
extern const short near_distance;
extern const signed char nearest_distance;
extern const char marker[], marker_end[], distances_begin[];
extern const unsigned char values[];

__asm__(".globl small\nsmall = 0x35\n.globl medium\nmedium = 0x1234\n"
        ".section .rodata\n"
        ".globl marker\n.type marker, @object\n.size marker, 24\nmarker: .zero 24\n.globl marker_end\nmarker_end:\n"
        ".p2align 3\n.globl sizes\nsizes: .quad marker@size, marker@size+1\n"
        ".globl far_distance\nfar_distance: .quad variable - .\n"
        ".globl distances_begin\ndistances_begin: .byte 1\n"
        ".section .rodata.near,\"a\",@progbits\n"
        ".globl nearest_distance\nnearest_distance: .byte distances_begin - .\n"
        ".globl near_distance\nnear_distance: .short marker - .\n"
        ".globl values\nvalues: .byte small\n.short medium\n.long small + 1\n"
        ".text\n");

__attribute__((noinline)) static int call_by_offset(int x) {
  int result;
  __asm__ volatile("movq %%rsp, %%rbx\n\tsubq $128, %%rsp\n\tandq $-16, %%rsp\n\t"
                   "leaq _GLOBAL_OFFSET_TABLE_(%%rip), %%r12\n\tmovabsq $twice@pltoff, %%rax\n\t"
                   "addq %%r12, %%rax\n\tcallq *%%rax\n\tmovq %%rbx, %%rsp"
                   : "=a"(result), "+D"(x)
                   :
                   : "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "memory", "cc");
  return result;
}

__attribute__((noinline)) static unsigned long length_by_offset(const char* text) {
  unsigned long result;
  __asm__ volatile("movq %%rsp, %%rbx\n\tsubq $128, %%rsp\n\tandq $-16, %%rsp\n\t"
                   "1: leaq 1b(%%rip), %%r12\n\tmovabsq $_GLOBAL_OFFSET_TABLE_-1b, %%r13\n\taddq %%r13, %%r12\n\t"
                   "movabsq $strlen@pltoff, %%rax\n\taddq %%r12, %%rax\n\tcallq *%%rax\n\tmovq %%rbx, %%rsp"
                   : "=a"(result), "+D"(text)
                   :
                   : "rbx", "rcx", "rdx", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "memory", "cc");
  return result;
}

__attribute__((noinline)) static long load_by_offset(void) {
  long direct, through_table;
  __asm__ volatile("leaq _GLOBAL_OFFSET_TABLE_(%%rip), %%rcx\n\tmovabsq $variable@gotoff, %0\n\tmovq (%0,%%rcx), %0\n\t"
                   "movabsq $variable@got, %1\n\tmovq (%1,%%rcx), %1\n\tmovq (%1), %1"
                   : "=&r"(direct), "=&r"(through_table)
                   :
                   : "rcx");
  return direct * 1000 + through_table;
}

__attribute__((noinline)) static int immediates(void) {
  int byte, word;
  __asm__ volatile("xorl %0, %0\n\tmovb $small, %b0\n\txorl %1, %1\n\tmovw $medium, %w1" : "=&q"(byte), "=&q"(word));
  return byte * 100000 + word;
}

int main(void) {
  int sum = 0;
  for (int i = 0; i < 100; i++) {
    variable++;
    sum += call_by_offset(i) + (int)length_by_offset("offset") + (int)(load_by_offset() % 77) + immediates() % 13;
  }
  short word;
  int wide;
  memcpy(&word, values + 1, sizeof word);
  memcpy(&wide, values + 3, sizeof wide);
  printf("%d %ld %d\n", sum, load_by_offset(), immediates());
  printf("%ld %ld %d\n", sizes[0], sizes[1], marker_end - marker == sizes[0]);
  printf("%d %d %d\n", (char*)&far_distance + far_distance == (char*)&variable,
         (char*)&near_distance + near_distance == marker, &nearest_distance + nearest_distance == (const signed char*)distances_begin);
  printf("%d %d %d\n", values[0], word, wide);
}
