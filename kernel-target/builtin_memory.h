// Included before every C file of the kernel (see kernel.cmake).
//
// Under -ffreestanding the compiler assumes nothing about memcpy and its
// relatives, so it calls them even to move four bytes out of a file's header.
// The checksum of an object alone made five calls per 16 bytes. These macros
// name the builtins, which bring the inline forms back. library.c, which
// defines the functions, undefines the macros.
#ifndef AJIT_KERNEL_BUILTIN_MEMORY_H
#define AJIT_KERNEL_BUILTIN_MEMORY_H

#include <formats/memory.h>

#define memcpy(to, from, size) __builtin_memcpy(to, from, size)
#define memmove(to, from, size) __builtin_memmove(to, from, size)
#define memset(to, byte, size) __builtin_memset(to, byte, size)
#define memcmp(left, right, size) __builtin_memcmp(left, right, size)
#define strlen(text) __builtin_strlen(text)

#endif
