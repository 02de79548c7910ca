// Hashing: SHA-256 over small blocks and an open-addressing table on top.
//
// The round function is integer arithmetic, which optimisation makes several
// times faster. The program calls it once per block, so call counts suffice to
// raise its tier. The first line is the published digest of "abc", so a wrong
// compile shows at once. argv[1] is the number of keys: 3,000 by default, some
// 4,000,000 for seconds at O3.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t k[64];

static uint32_t rotate(uint32_t x, int by) { return x >> by | x << (32 - by); }

// The constants are the fractional parts of the cube roots of the first 64
// primes, found here by integer bisection instead of a table.
static void fill_constants(void) {
  for (int n = 0, p = 2; n < 64; p++) {
    int prime = 1;
    for (int d = 2; d * d <= p; d++)
      prime &= p % d != 0;
    if (!prime) continue;
    unsigned __int128 low = 0, high = (unsigned __int128)8 << 32, target = (unsigned __int128)p << 96;
    while (high - low > 1) {
      unsigned __int128 middle = (low + high) / 2;
      *(middle * middle * middle <= target ? &low : &high) = middle;
    }
    k[n++] = (uint32_t)low;
  }
}

static void compress(uint32_t state[8], const uint8_t block[64]) {
  uint32_t w[64], s[8];
  for (int i = 0; i < 16; i++)
    w[i] = (uint32_t)block[4 * i] << 24 | block[4 * i + 1] << 16 | block[4 * i + 2] << 8 | block[4 * i + 3];
  for (int i = 16; i < 64; i++) {
    uint32_t a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
  }
  memcpy(s, state, sizeof s);
  for (int i = 0; i < 64; i++) {
    uint32_t e = s[4], a = s[0];
    uint32_t t1 = s[7] + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & s[5]) ^ (~e & s[6])) + k[i] + w[i];
    uint32_t t2 = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
    memmove(s + 1, s, 7 * sizeof s[0]);
    s[4] += t1;
    s[0] = t1 + t2;
  }
  for (int i = 0; i < 8; i++)
    state[i] += s[i];
}

static void sha256(const void* data, size_t size, uint32_t state[8]) { // up to 55 bytes
  static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint8_t block[64] = {0};
  memcpy(block, data, size);
  block[size] = 0x80;
  block[62] = (uint8_t)(size >> 5);
  block[63] = (uint8_t)(size << 3);
  memcpy(state, start, sizeof start);
  compress(state, block);
}

static int insert(uint64_t* table, uint32_t mask, uint64_t key) {
  uint32_t at = (uint32_t)key & mask;
  for (; table[at] != 0; at = (at + 1) & mask)
    if (table[at] == key) return 0;
  table[at] = key;
  return 1;
}

int main(int argc, char** argv) {
  uint32_t keys = argc > 1 ? strtoul(argv[1], NULL, 10) : 3000, mask = 1, state[8];
  fill_constants();
  sha256("abc", 3, state);
  for (int i = 0; i < 8; i++)
    printf("%08x%s", state[i], i == 7 ? "\n" : "");
  while (mask < keys * 2)
    mask = mask * 2 + 1;
  uint64_t* table = calloc((size_t)mask + 1, sizeof *table);
  uint32_t inserted = 0, digest = 0;
  for (uint32_t i = 0; i < keys; i++) {
    uint32_t key = i % (keys / 2 + 1); // most keys come twice
    sha256(&key, sizeof key, state);
    inserted += insert(table, mask, (uint64_t)state[0] << 32 | state[1] | 1);
    digest = digest * 31 + state[7];
  }
  printf("%u keys, %u different, digest %u\n", keys, inserted, digest);
  free(table);
  return digest % 251;
}
