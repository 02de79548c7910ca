// CRC-32 by table, a byte at a time, as RFC 1952 (gzip), section 8, gives it.
//
// A table on the stack that the program fills itself, a buffer from malloc; each step depends on the previous one.
// argv[1] is the number of passes over the buffer of 64 KiB: 1 by default.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { length = 65536 };

int main(int argc, char** argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 1;
  uint32_t table[256];
  for (uint32_t n = 0; n < 256; n++) {
    uint32_t c = n;
    for (int k = 0; k < 8; k++)
      c = c & 1 ? 0xedb88320u ^ (c >> 1) : c >> 1;
    table[n] = c;
  }
  unsigned char* bytes = malloc(length);
  for (int i = 0; i < length; i++)
    bytes[i] = (unsigned char)(i * 31 ^ i >> 7);
  uint32_t crc = 0xffffffffu;
  for (int round = 0; round < rounds; round++)
    for (int i = 0; i < length; i++)
      crc = table[(crc ^ bytes[i]) & 255] ^ crc >> 8;
  printf("%d rounds: %08x\n", rounds, crc ^ 0xffffffffu);
  free(bytes);
  return 0;
}
