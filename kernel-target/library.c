// The C library functions that loaded code, the kernel and the compiler may use.
//
// Copies and fills go through `rep movs` and `rep stos`, which need no loop of
// ours and no SSE. putchar and puts write to the console.

#include "defs.h"

#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef strlen

void *memchr(const void *bytes, int byte, size_t size);
int bcmp(const void *left, const void *right, size_t size);
int strcmp(const char *left, const char *right);
int putchar(int c);
int puts(const char *text);

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    void *end = to;
    size_t words = size / 4, rest = size % 4;
    __asm__ volatile("rep movsl\n\tmovl %3, %%ecx\n\trep movsb"
                     : "+D"(end), "+S"(from), "+c"(words)
                     : "r"(rest)
                     : "memory");
    return to;
}

void *memmove(void *to, const void *from, size_t size) {
    if ((uintptr_t)to - (uintptr_t)from >= size)
        return memcpy(to, from, size);
    uint8_t *end_to = (uint8_t *)to + size - 1;
    const uint8_t *end_from = (const uint8_t *)from + size - 1;
    __asm__ volatile("std\n\trep movsb\n\tcld"
                     : "+D"(end_to), "+S"(end_from), "+c"(size)
                     :
                     : "memory");
    return to;
}

void *memset(void *to, int byte, size_t size) {
    void *end = to;
    size_t words = size / 4, rest = size % 4;
    __asm__ volatile("rep stosl\n\tmovl %3, %%ecx\n\trep stosb"
                     : "+D"(end), "+c"(words)
                     : "a"((uint32_t)(uint8_t)byte * 0x01010101u), "r"(rest)
                     : "memory");
    return to;
}

int memcmp(const void *left, const void *right, size_t size) {
    const uint8_t *a = left, *b = right;
    for (size_t i = 0; i < size; i++)
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    return 0;
}

int bcmp(const void *left, const void *right, size_t size) {
    return memcmp(left, right, size);
}

void *memchr(const void *bytes, int byte, size_t size) {
    const uint8_t *at = bytes;
    for (size_t i = 0; i < size; i++)
        if (at[i] == (uint8_t)byte)
            return (void *)(uintptr_t)(at + i);
    return NULL;
}

size_t strlen(const char *text) {
    size_t length = 0;
    while (text[length])
        length++;
    return length;
}

int strcmp(const char *left, const char *right) {
    while (*left && *left == *right)
        left++, right++;
    return (uint8_t)*left - (uint8_t)*right;
}

int putchar(int c) {
    console_putc((char)c);
    return (uint8_t)c;
}

int puts(const char *text) {
    kprintf("%s\n", text);
    return 0;
}

bool same_text(const char *left, const char *right) {
    return strcmp(left, right) == 0;
}
