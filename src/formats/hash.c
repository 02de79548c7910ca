/// FNV-1a and XXH32; see formats/hash.h for why these two.
#include <formats/hash.h>
#include <formats/memory.h>

uint64_t hash64(uint64_t start, const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    uint64_t hash = start;
    while (size--)
        hash = (hash ^ *at++) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t hash64_text(uint64_t start, const char *text) {
    return hash64(start, text, strlen(text));
}

// XXH32's five primes.
#define P1 UINT32_C(0x9e3779b1)
#define P2 UINT32_C(0x85ebca77)
#define P3 UINT32_C(0xc2b2ae3d)
#define P4 UINT32_C(0x27d4eb2f)
#define P5 UINT32_C(0x165667b1)

static uint32_t rotate_left(uint32_t value, unsigned bits) {
    return value << bits | value >> (32 - bits);
}

static uint32_t load32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint32_t mix_lane(uint32_t lane, const uint8_t *at) {
    return rotate_left(lane + load32(at) * P2, 13) * P1;
}

/// Mixes all whole 16-byte stripes into four independent lanes; advances `*at`.
static uint32_t mix_stripes(uint32_t seed, const uint8_t **at, size_t stripes) {
    uint32_t a = seed + P1 + P2, b = seed + P2, c = seed, d = seed - P1;
    const uint8_t *stripe = *at;
    for (; stripes; stripes--, stripe += 16) {
        a = mix_lane(a, stripe);
        b = mix_lane(b, stripe + 4);
        c = mix_lane(c, stripe + 8);
        d = mix_lane(d, stripe + 12);
    }
    *at = stripe;
    return rotate_left(a, 1) + rotate_left(b, 7) + rotate_left(c, 12) + rotate_left(d, 18);
}

uint32_t checksum32(uint32_t seed, const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    uint32_t hash = size >= 16 ? mix_stripes(seed, &at, size / 16) : seed + P5;
    hash += (uint32_t)size;

    size_t rest = size % 16;
    for (; rest >= 4; rest -= 4, at += 4)
        hash = rotate_left(hash + load32(at) * P3, 17) * P4;
    for (; rest; rest--, at++)
        hash = rotate_left(hash + *at * P5, 11) * P1;

    hash = (hash ^ hash >> 15) * P2;
    hash = (hash ^ hash >> 13) * P3;
    return hash ^ hash >> 16;
}
