// An interpreter whose first call hands its labels out, as addresses and as
// differences. At -O2 clang inlines only the part for the first call into main,
// which then holds labels of the interpreter and reads its table.
#include <stdio.h>

static int labels = 4;
static long where[4];
static short distances[4];
static int out;

static void run(const unsigned char* code) {
  static void* const table[] = {&&one, &&triple, &&print, &&reset};
  if (!code) {
    for (int i = 0; i < labels; i++)
      where[i] = (long)table[i];
    return;
  }
  int value = 1;
  goto*(void*)where[*code++];
one:
  value += 1;
  goto*(void*)where[*code++];
triple:
  value *= 3;
  goto*(void*)where[*code++];
print:
  out += value;
  return;
reset:
  out %= 1000;
  return;
}

static void run_distances(const unsigned char* code) {
  static void* const table[] = {&&one, &&triple, &&print};
  if (!code) {
    for (int i = 0; i < 3; i++)
      distances[i] = (short)((char*)table[i] - (char*)&&one);
    return;
  }
  int value = 2;
  goto*((char*)&&one + distances[*code++]);
one:
  value += 1;
  goto*((char*)&&one + distances[*code++]);
triple:
  value *= 3;
  goto*((char*)&&one + distances[*code++]);
print:
  out += value;
  return;
}

int main(int argc, char** argv) {
  (void)argv;
  labels += argc > 100; // the copying remains a loop
  run(NULL);
  run_distances(NULL);
  for (int i = 0; i < 300; i++) {
    const unsigned char code[] = {0, 1, (unsigned char)(i % 2), 0, (unsigned char)(i % 7 == 0 ? 3 : 2)};
    const unsigned char other[] = {1, (unsigned char)(i % 2), 0, 2};
    run(code);
    run_distances(other);
  }
  printf("%d\n", out);
}
