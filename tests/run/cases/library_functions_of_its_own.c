// The program defines functions whose names the optimiser knows. Loops in them must not become calls of themselves. The
// optimiser must not apply facts about the C library's functions to them (getenv writes no memory, strchr captures no
// pointer).
#include <stddef.h>
#include <stdio.h>

static int fills, copies, asked;
static const char* last;

void* memset(void* to, int value, size_t size) {
  ++fills;
  for (size_t i = 0; i < size; ++i)
    ((unsigned char*)to)[i] = (unsigned char)value;
  return to;
}

void* memcpy(void* restrict to, const void* restrict from, size_t size) {
  ++copies;
  for (size_t i = 0; i < size; ++i)
    ((unsigned char*)to)[i] = ((const unsigned char*)from)[i];
  return to;
}

char* getenv(const char* name) {
  ++asked;
  last = name;
  return NULL;
}

static int work(void) {
  static unsigned char a[700], b[700];
  int sum = 0, before = asked;
  for (int i = 0; i < 40; ++i) {
    char name[2] = {(char)('a' + i % 26), 0};
    memset(a, i, sizeof a - i);
    memcpy(b, a, sizeof a - 2 * i);
    getenv(name);
    if (asked != before + i + 1) return -1;
    name[0] = 'z';
    sum += b[600 + i] + last[0];
  }
  return sum;
}

int main(void) {
  for (int i = 0; i < 10; ++i)
    printf("%d ", work());
  printf("\n%d %d %d\n", fills, copies, asked);
  return 0;
}
