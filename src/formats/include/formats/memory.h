/// The five memory functions of the C library that the kernel's portable parts
/// use. There is no C library in the kernel, so the declarations are ours; the
/// compiler also calls the first four on its own account (for structure copies
/// and zeroing), whether or not a source mentions them. On the host they are
/// the C library's.
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
