// Work before the first call: a constructor fills a table; the kernel runs it
// once all functions can be called. Another function prints to the console.
#include <stdint.h>

int puts(const char *text);

#define LIMIT 512

static uint8_t composite[LIMIT];

__attribute__((constructor)) static void sieve(void) {
    for (uint32_t i = 2; i * i < LIMIT; i++)
        for (uint32_t multiple = i * i; multiple < LIMIT; multiple += i)
            composite[multiple] = 1;
}

uint32_t primes_below(uint32_t limit) {
    uint32_t count = 0;
    for (uint32_t i = 2; i < limit && i < LIMIT; i++)
        count += !composite[i];
    return count;
}

void greet(void) {
    puts("hello from loaded code");
}
