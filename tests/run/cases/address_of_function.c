// A function has one address: seen from its own body, from its caller, from
// constant data, from a table in memory and after having been handed around.
#include <stdint.h>
#include <stdio.h>

typedef int checker(void*);
static int is_me(void* address);
int other(void* address);
checker* const in_constant_data = is_me;
static checker* table[2] = {is_me, other};
static const uintptr_t as_integer[1] = {(uintptr_t)&other};

static int is_me(void* address) { return address == (void*)is_me; }
int other(void* address) { return address == (void*)other && address != (void*)is_me; }

int main(void) {
  checker* volatile kept = is_me;
  for (int i = 0; i < 5; i++) {
    printf("%d %d", is_me((void*)is_me), is_me((void*)in_constant_data));
    printf(" %d %d", is_me((void*)table[0]), other((void*)table[1]));
    printf(" %d %d", kept == table[0], (uintptr_t)table[1] == as_integer[0]);
    printf(" %d %d\n", table[0]((void*)kept), is_me((void*)other));
  }
}
