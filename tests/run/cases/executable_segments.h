// Searches the segments of all objects of the process, as garbage collectors do.
#define _GNU_SOURCE
#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct search {
  uintptr_t address;
  int object;   // the number of the current object
  int found_in; // the object that the address is in; -1: none
  unsigned flags;
};

static int look(struct dl_phdr_info* info, size_t size, void* data) {
  (void)size;
  struct search* search = data;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr)* segment = &info->dlpi_phdr[i];
    if (segment->p_type == PT_LOAD && search->address - info->dlpi_addr - segment->p_vaddr < segment->p_memsz) {
      search->found_in = info->dlpi_name[0] ? 1000 : search->object;
      search->flags = segment->p_flags & (PF_W | PF_X);
      return 77;
    }
  }
  search->object++;
  return 0;
}

// The result of the walk, plus 100 if the segment is writable and 200 if it is executable. The result is -1 unless the
// object is the first one, which has no name.
static int in_executable(const void* address) {
  struct search search = {(uintptr_t)address, 0, -1, 0};
  int result = dl_iterate_phdr(look, &search);
  if (search.found_in != 0) return -1;
  return (search.flags & PF_W ? 100 : 0) + (search.flags & PF_X ? 200 : 0) + result;
}
