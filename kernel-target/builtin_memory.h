// Included before every C file of the kernel (see kernel.cmake).
//
// -ffreestanding promises the compiler nothing about memcpy and its relatives,
// so it calls them even to move four bytes out of a file's header; the checksum
// of an object alone made five calls per 16 bytes. Naming the builtins gives
// back the inline forms. library.c, which defines the functions, takes the
// macros off again.
#ifndef AJIT_KERNEL_BUILTIN_MEMORY_H
#define AJIT_KERNEL_BUILTIN_MEMORY_H

#include <formats/memory.h>

#define memcpy(to, from, size) __builtin_memcpy(to, from, size)
#define memmove(to, from, size) __builtin_memmove(to, from, size)
#define memset(to, byte, size) __builtin_memset(to, byte, size)
#define memcmp(left, right, size) __builtin_memcmp(left, right, size)
#define strlen(text) __builtin_strlen(text)

#endif
