// The frequencies of the bytes and of the pairs of bytes in a text, and the text's entropy (Shannon, A Mathematical
// Theory of Communication, 1948, section 7).
//
// Counts on the stack and in a static table; stores that the next load may read. argv[1] is the number of passes over
// the text of 64 KiB, each of which changes one byte: 1 by default.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { length = 65536 };
static uint32_t pairs[256][256];

int main(int argc, char** argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 1;
  uint64_t counts[256] = {0};
  unsigned char* text = malloc(length);
  uint32_t state = 1;
  for (int i = 0; i < length; i++) {
    state = state * 1664525u + 1013904223u;
    text[i] = "etaoin shrdlu cmfwyp vbgkjqxz.\n"[(state >> 27) & (state >> 22) & 31];
  }
  for (int round = 0; round < rounds; round++) {
    unsigned before = 0;
    for (int i = 0; i < length; i++) {
      counts[text[i]]++;
      pairs[before][text[i]]++;
      before = text[i];
    }
    text[round % length]++;
  }
  double entropy = 0;
  for (int i = 0; i < 256; i++)
    if (counts[i]) {
      double share = (double)counts[i] / ((double)rounds * length);
      entropy -= share * log2(share);
    }
  unsigned common = 0;
  for (unsigned i = 0; i < 65536; i++)
    if (pairs[i >> 8][i & 255] > pairs[common >> 8][common & 255]) common = i;
  printf("%d rounds: %.9f bits, most common pair %04x: %u\n", rounds, entropy, common,
         pairs[common >> 8][common & 255]);
  free(text);
  return 0;
}
