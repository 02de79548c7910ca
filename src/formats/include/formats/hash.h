/// The two hashes of the file formats.
///
/// `hash64` (FNV-1a) identifies short texts: a target description, a set of
/// names. `checksum32` (XXH32 with a seed) guards whole files against damage.
/// It was chosen for speed without SSE: it takes four bytes per multiplication,
/// about one instruction per byte, where a table-driven CRC-32 takes eight. The
/// difference decides whether the kernel can check a mebibyte of objects in the
/// time it takes to read it from the disk. Neither hash is a defence against
/// forgery.
#ifndef AJIT_HASH_H
#define AJIT_HASH_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The `start` of a new `hash64`. To hash in pieces, pass the result of each
/// piece as the `start` of the next.
#define HASH64_START UINT64_C(0xcbf29ce484222325)

uint64_t hash64(uint64_t start, const void *bytes, size_t size);

/// The `hash64` of a string without its NUL.
uint64_t hash64_text(uint64_t start, const char *text);

/// XXH32 of `bytes`; the checksum of one piece may seed the next.
uint32_t checksum32(uint32_t seed, const void *bytes, size_t size);

#ifdef __cplusplus
}
#endif

#endif
