#include "program_arguments.h"

#include <cstdint>
#include <cstring>
#include <dlfcn.h>
#include <link.h>

namespace ajit {
namespace {

/// glibc's `char** __libc_argv` and, after it, `int __libc_argc`. No lookup by name finds them. But the first holds the
/// address that main was given, which nothing else in the library's own data does, and the second confirms the find.
struct LibraryCopy {
  char** values;
  int count;
};

struct Search {
  CommandLine process;
  ElfW(Addr) of_library; ///< an address within the C library
  LibraryCopy* found = nullptr;
};

/// Whether `address` is in a loaded object.
bool covers(const dl_phdr_info& object, ElfW(Addr) address) {
  for (int i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object.dlpi_phdr[i];
    if (part.p_type == PT_LOAD && address - object.dlpi_addr - part.p_vaddr < part.p_memsz) return true;
  }
  return false;
}

/// Whether the dynamic linker has made the page of `address` read-only.
bool is_protected(const dl_phdr_info& object, ElfW(Addr) address) {
  for (int i = 0; i < object.dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object.dlpi_phdr[i];
    if (part.p_type == PT_GNU_RELRO && address - object.dlpi_addr - part.p_vaddr < part.p_memsz) return true;
  }
  return false;
}

int search(dl_phdr_info* object, size_t, void* context) {
  auto& search = *static_cast<Search*>(context);
  if (!covers(*object, search.of_library)) return 0;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& part = object->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || !(part.p_flags & PF_W)) continue;
    ElfW(Addr) at = (object->dlpi_addr + part.p_vaddr + alignof(LibraryCopy) - 1) & ~(alignof(LibraryCopy) - 1);
    ElfW(Addr) end = object->dlpi_addr + part.p_vaddr + part.p_memsz;
    for (; at + sizeof(LibraryCopy) <= end; at += alignof(LibraryCopy)) {
      auto* copy = reinterpret_cast<LibraryCopy*>(at);
      if (copy->values != search.process.values || copy->count != search.process.count) continue;
      if (is_protected(*object, at)) continue;
      if (!search.found)
        search.found = copy;
      else
        return search.found = nullptr, 1; // ambiguous
    }
  }
  return 1;
}

/// Found by name: a direct reference would make the linker copy the C library's variables into the executable.
void set_names(char* path) {
  char* slash = strrchr(path, '/');
  if (auto** full = static_cast<char**>(dlsym(RTLD_DEFAULT, "program_invocation_name"))) *full = path;
  if (auto** name = static_cast<char**>(dlsym(RTLD_DEFAULT, "program_invocation_short_name")))
    *name = slash ? slash + 1 : path;
}

} // namespace

void set_program_arguments(const CommandLine& process, const CommandLine& program) {
  set_names(program.values[0]);
  void* in_library = dlsym(RTLD_DEFAULT, "gnu_get_libc_version");
  if (!in_library) return;
  Search context{.process = process, .of_library = reinterpret_cast<ElfW(Addr)>(in_library)};
  dl_iterate_phdr(search, &context);
  if (!context.found) return;
  context.found->values = program.values;
  context.found->count = program.count;
}

} // namespace ajit
