// __ehdr_start is the ELF header of the image that contains the code. The test
// checks that it is readable and is an ELF header.
#include <elf.h>
#include <stdio.h>
#include <string.h>

extern const Elf64_Ehdr __ehdr_start __attribute__((visibility("hidden")));

int main(void) { printf("%d\n", memcmp(__ehdr_start.e_ident, ELFMAG, SELFMAG)); }
