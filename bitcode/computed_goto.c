// A threaded interpreter that dispatches through a table of label addresses.
//
// `&&label` becomes a blockaddress, and the table of them belongs to one
// compiled version of the function: a body that used the table of another
// version would jump to a wrong address. argv[1] is the number of runs of the
// little program: 300 by default, some 16,000,000 for seconds at O3.
#include <stdio.h>
#include <stdlib.h>

enum { op_load, op_add, op_double, op_decrement, op_loop, op_halt };

static unsigned long run(const unsigned char* pc, unsigned long input) {
  static const void* const labels[] = {&&load, &&add, &&twice, &&decrement, &&loop, &&halt};
  const unsigned char* start = pc;
  unsigned long accumulator = 0, counter = 0;
  goto* labels[*pc++];
load:
  accumulator = input;
  counter = *pc++;
  goto* labels[*pc++];
add:
  accumulator += *pc++;
  goto* labels[*pc++];
twice:
  accumulator = accumulator * 2 + (accumulator >> 61);
  goto* labels[*pc++];
decrement:
  counter--;
  goto* labels[*pc++];
loop:
  pc = counter ? start + *pc : pc + 1;
  goto* labels[*pc++];
halt:
  return accumulator;
}

int main(int argc, char** argv) {
  static const unsigned char program[] = {op_load, 40,           op_add,  7, op_double, op_add,
                                          3,       op_decrement, op_loop, 2, op_halt};
  unsigned long runs = argc > 1 ? strtoul(argv[1], NULL, 10) : 300, sum = 0;
  for (unsigned long i = 0; i < runs; i++)
    sum = sum * 31 + run(program, i);
  printf("%lu runs, sum %lu\n", runs, sum);
  return sum % 251;
}
