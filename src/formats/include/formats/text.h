/// Bounded text building for error messages, without a C library. A message
/// that does not fit is cut; it never overruns its buffer and is always
/// NUL-terminated. Messages go to a serial terminal. So in names that come from
/// a file (symbols, sections, paths), '?' replaces everything but printable
/// ASCII.
#ifndef AJIT_TEXT_H
#define AJIT_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct text {
    char *bytes;       ///< where the message goes; belongs to the caller
    uint32_t capacity; ///< room in `bytes`, the final NUL included; at least 1
    uint32_t length;   ///< written so far, without the NUL
};

/// Makes `text` an empty message over `bytes`.
void text_begin(struct text *text, char *bytes, uint32_t capacity);

/// Appends a NUL-terminated string of our own, which needs no cleaning.
void text_add(struct text *text, const char *string);

/// Appends a NUL-terminated name from a file, with '?' for each unprintable
/// byte.
void text_add_name(struct text *text, const char *name);

/// Appends `value` in decimal.
void text_add_number(struct text *text, uint32_t value);

/// Appends `value` in hexadecimal with "0x", at least `digits` digits.
void text_add_hex(struct text *text, uint64_t value, unsigned digits);

/// Whether two NUL-terminated strings are equal.
bool text_same(const char *left, const char *right);

#ifdef __cplusplus
}
#endif

#endif
