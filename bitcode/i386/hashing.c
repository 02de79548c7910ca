// Hashing of bytes in memory: tables and buffers as global data, loaded once and
// shared by all tiers, and library calls (memset, memcpy) from the source or
// inserted by the compiler.
#include <stdint.h>

void *memcpy(void *to, const void *from, __SIZE_TYPE__ size);
void *memset(void *to, int byte, __SIZE_TYPE__ size);

static uint32_t crc_table[256];
static uint8_t buffer[1024];

static void fill_crc_table(void) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i;
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
        crc_table[i] = crc;
    }
}

uint32_t crc32_bytes(uint32_t crc, const uint8_t *bytes, uint32_t size) {
    for (uint32_t i = 0; i < size; i++)
        crc = crc >> 8 ^ crc_table[(crc ^ bytes[i]) & 0xFF];
    return crc;
}

uint32_t crc32_pattern(uint32_t size, uint32_t step) {
    if (size > sizeof buffer)
        size = sizeof buffer;
    if (crc_table[1] == 0)
        fill_crc_table();
    memset(buffer, 0x5A, sizeof buffer);
    for (uint32_t i = 0; i < size; i++)
        buffer[i] = (uint8_t)(i * step);
    return ~crc32_bytes(~0u, buffer, size);
}

uint32_t fnv1a_halves(uint32_t seed) {
    uint8_t copy[64];
    for (uint32_t i = 0; i < 32; i++)
        buffer[i] = (uint8_t)(seed >> (i % 4 * 8)) ^ (uint8_t)i;
    memcpy(copy, buffer, 32);
    memcpy(copy + 32, buffer, 32);
    uint32_t hash = 2166136261u;
    for (uint32_t i = 0; i < 64; i++)
        hash = (hash ^ copy[i]) * 16777619u;
    return hash;
}
