// An interpreter of a register machine with a computed goto per instruction ("direct threading": Bell, Threaded Code,
// Communications of the ACM 16:6, 1973), all of it in main. The program that it runs counts primes by trial division.
//
// main holds a table of its own label addresses, so a plain copy of main would be wrong. argv[1] is the limit on the
// primes: 300 by default.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum operation { set, move, add, multiply, remainder_of, jump, if_less, if_zero, halt };
struct instruction {
  uint8_t operation, a, b, c;
  int32_t immediate;
};

int main(int argc, char** argv) {
  static const struct instruction program[] = {
      // r0 limit, r1 candidate, r2 divisor, r3 scratch, r4 count, r5 one, r6 sum of primes
      {set, 1, 0, 0, 2},          // 0
      {set, 5, 0, 0, 1},          // 1
      {if_less, 1, 0, 0, 4},      // 2: candidate < limit?
      {halt, 0, 0, 0, 0},         // 3
      {set, 2, 0, 0, 2},          // 4
      {multiply, 3, 2, 2, 0},     // 5
      {if_less, 1, 3, 0, 11},     // 6: divisor squared exceeds it: prime
      {remainder_of, 3, 1, 2, 0}, // 7
      {if_zero, 3, 0, 0, 13},     // 8
      {add, 2, 2, 5, 0},          // 9
      {jump, 0, 0, 0, 5},         // 10
      {add, 4, 4, 5, 0},          // 11
      {add, 6, 6, 1, 0},          // 12
      {add, 1, 1, 5, 0},          // 13
      {jump, 0, 0, 0, 2},         // 14
  };
  static const void* const code[] = {&&do_set,  &&do_move,    &&do_add,     &&do_multiply, &&do_remainder_of,
                                     &&do_jump, &&do_if_less, &&do_if_zero, &&do_halt};
  int64_t r[8] = {argc > 1 ? atol(argv[1]) : 300};
  uint64_t executed = 0;
  const struct instruction* at = program;
#define NEXT                                                                                                           \
  executed++;                                                                                                          \
  goto* code[at->operation]
  NEXT;
do_set:
  r[at->a] = at->immediate, at++;
  NEXT;
do_move:
  r[at->a] = r[at->b], at++;
  NEXT;
do_add:
  r[at->a] = r[at->b] + r[at->c], at++;
  NEXT;
do_multiply:
  r[at->a] = r[at->b] * r[at->c], at++;
  NEXT;
do_remainder_of:
  r[at->a] = (uint32_t)r[at->b] % (uint32_t)r[at->c], at++;
  NEXT;
do_jump:
  at = program + at->immediate;
  NEXT;
do_if_less:
  at = r[at->a] < r[at->b] ? program + at->immediate : at + 1;
  NEXT;
do_if_zero:
  at = r[at->a] == 0 ? program + at->immediate : at + 1;
  NEXT;
do_halt:
  printf("%lld primes below %lld, sum %lld, %llu instructions\n", (long long)r[4], (long long)r[0], (long long)r[6],
         (unsigned long long)executed);
  return 0;
}
