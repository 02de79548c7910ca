/// The five C library functions that these portable files use. The kernel has
/// no C library, so this header declares them itself. The compiler also calls
/// the first four of its own accord (for structure copies and zeroing), whether
/// or not a source mentions them. On the host they are the C library's.
#ifndef AJIT_MEMORY_H
#define AJIT_MEMORY_H

#ifdef __cplusplus
#include <cstring>
#else
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);
size_t strlen(const char *text);
#endif

#endif
