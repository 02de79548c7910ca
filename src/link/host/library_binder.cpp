#include "library_binder.h"
#include "log.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/DenseMap.h>
#include <llvm/ADT/StringRef.h>
#include <malloc.h>
#include <string>
#include <sys/mman.h>
#include <system_error>
#include <unistd.h>
#include <vector>

using namespace llvm;

namespace ajit {
namespace {

//===--------------------------------------------------------------------------------------------------------------===//
// The C library's calls of malloc and related functions

/// The program's allocator, as far as it defines one. Written before the slots that lead to the functions below.
struct Allocator {
  decltype(&std::malloc) malloc;
  decltype(&std::calloc) calloc;
  decltype(&std::realloc) realloc;
  decltype(&std::free) free;
  decltype(&::memalign) memalign;
};

Allocator program_allocator;
bool (*in_runtime)();

void* malloc_for_libc(std::size_t size) { return in_runtime() ? std::malloc(size) : program_allocator.malloc(size); }
void* calloc_for_libc(std::size_t count, std::size_t size) {
  return in_runtime() ? std::calloc(count, size) : program_allocator.calloc(count, size);
}
void* realloc_for_libc(void* memory, std::size_t size) {
  return in_runtime() ? std::realloc(memory, size) : program_allocator.realloc(memory, size);
}
void free_for_libc(void* memory) { in_runtime() ? std::free(memory) : program_allocator.free(memory); }
void* memalign_for_libc(std::size_t alignment, std::size_t size) {
  return in_runtime() ? ::memalign(alignment, size) : program_allocator.memalign(alignment, size);
}

/// The function that the C library should call for `name`, which the program defines at `address`.
void* for_libc(StringRef name, void* address) {
  auto divert = [&]<typename F, typename G>(F& programs, G* ours) {
    programs = reinterpret_cast<F>(address);
    return reinterpret_cast<void*>(ours);
  };
  if (name == "malloc") return divert(program_allocator.malloc, &malloc_for_libc);
  if (name == "calloc") return divert(program_allocator.calloc, &calloc_for_libc);
  if (name == "realloc") return divert(program_allocator.realloc, &realloc_for_libc);
  if (name == "free") return divert(program_allocator.free, &free_for_libc);
  if (name == "memalign") return divert(program_allocator.memalign, &memalign_for_libc);
  return address;
}

//===--------------------------------------------------------------------------------------------------------------===//
// A loaded library

uint32_t gnu_hash(StringRef name) {
  uint32_t hash = 5381;
  for (char c : name)
    hash = hash * 33 + static_cast<unsigned char>(c);
  return hash;
}

/// The tables that the dynamic section of a loaded library points to.
class LoadedLibrary {
public:
  explicit LoadedLibrary(const dl_phdr_info& info) : base_(info.dlpi_addr) {
    for (const ElfW(Phdr) & header : ArrayRef(info.dlpi_phdr, info.dlpi_phnum)) {
      if (header.p_type == PT_DYNAMIC) read_dynamic(reinterpret_cast<const ElfW(Dyn)*>(base_ + header.p_vaddr));
      if (header.p_type != PT_GNU_RELRO) continue;
      read_only_start_ = base_ + header.p_vaddr;
      read_only_end_ = read_only_start_ + header.p_memsz;
    }
  }

  uintptr_t base() const { return base_; }
  const char* name() const { return soname_ ? strings_ + soname_ : "a library"; }
  bool readable() const { return symbols_ && strings_; }
  bool is(StringRef soname) const { return readable() && soname_ && strings_ + soname_ == soname; }

  /// The symbols that are among `names`, by index.
  DenseMap<uint32_t, const char*> common(const StringSet<>& names) const {
    DenseMap<uint32_t, const char*> found;
    for (uint32_t index = 1, end = unhashed_end(); index < end; ++index)
      if ((is_undefined(index) || (is_replaceable(index) && !binds_to_itself_)) && names.contains(name(index)))
        found[index] = name(index);
    if (binds_to_itself_ || !hash_) return found;
    for (StringRef wanted : names.keys())
      if (uint32_t index = defined(wanted)) found[index] = name(index);
    return found;
  }

  /// The names that the library needs others to define.
  std::vector<const char*> undefined() const {
    std::vector<const char*> found;
    for (uint32_t index = 1, end = unhashed_end(); index < end; ++index)
      if (is_undefined(index) && ELF64_ST_BIND(symbols_[index].st_info) == STB_GLOBAL) found.push_back(name(index));
    return found;
  }

  /// Fills the slots of the symbols in `addresses`. Returns the first error; read-only slots then keep their values.
  std::error_code bind(const DenseMap<uint32_t, void*>& addresses) const {
    std::error_code error;
    for (ArrayRef<ElfW(Rela)> table : {relocations_, calls_})
      for (const ElfW(Rela) & relocation : table) {
        auto type = ELF64_R_TYPE(relocation.r_info);
        if (type != R_X86_64_JUMP_SLOT && type != R_X86_64_GLOB_DAT && type != R_X86_64_64) continue;
        auto at = addresses.find(static_cast<uint32_t>(ELF64_R_SYM(relocation.r_info)));
        if (at == addresses.end()) continue;
        auto addend = type == R_X86_64_64 ? relocation.r_addend : 0;
        if (!store(base_ + relocation.r_offset,
                   reinterpret_cast<uintptr_t>(at->second) + static_cast<uintptr_t>(addend)) &&
            !error)
          error = std::error_code(errno, std::generic_category());
      }
    return error;
  }

private:
  void read_dynamic(const ElfW(Dyn) * entry) {
    const ElfW(Rela)* relocations = nullptr, *calls = nullptr;
    std::size_t relocations_size = 0, calls_size = 0;
    for (; entry->d_tag != DT_NULL; ++entry) {
      switch (entry->d_tag) {
      case DT_SYMTAB:
        symbols_ = reinterpret_cast<const ElfW(Sym)*>(entry->d_un.d_ptr);
        break;
      case DT_STRTAB:
        strings_ = reinterpret_cast<const char*>(entry->d_un.d_ptr);
        break;
      case DT_GNU_HASH:
        hash_ = reinterpret_cast<const uint32_t*>(entry->d_un.d_ptr);
        break;
      case DT_RELA:
        relocations = reinterpret_cast<const ElfW(Rela)*>(entry->d_un.d_ptr);
        break;
      case DT_RELASZ:
        relocations_size = entry->d_un.d_val / sizeof *relocations;
        break;
      case DT_JMPREL:
        calls = reinterpret_cast<const ElfW(Rela)*>(entry->d_un.d_ptr);
        break;
      case DT_PLTRELSZ:
        calls_size = entry->d_un.d_val / sizeof *calls;
        break;
      case DT_SONAME:
        soname_ = entry->d_un.d_val;
        break;
      case DT_SYMBOLIC:
        binds_to_itself_ = true;
        break;
      case DT_FLAGS:
        binds_to_itself_ |= (entry->d_un.d_val & DF_SYMBOLIC) != 0;
        break;
      default:
        break;
      }
    }
    relocations_ = ArrayRef(relocations, relocations ? relocations_size : 0);
    calls_ = ArrayRef(calls, calls ? calls_size : 0);
  }

  const char* name(uint32_t index) const { return strings_ + symbols_[index].st_name; }
  bool is_undefined(uint32_t index) const { return symbols_[index].st_shndx == SHN_UNDEF; }
  bool is_replaceable(uint32_t index) const {
    return ELF64_ST_VISIBILITY(symbols_[index].st_other) == STV_DEFAULT &&
           ELF64_ST_BIND(symbols_[index].st_info) != STB_LOCAL;
  }

  /// The end of the symbols that defined() does not find: the undefined ones, or without a GNU hash table all of them.
  /// That table says where its symbols begin, but GNU ld writes 1 if it has none. Then no reliable count of the symbols
  /// exists, so the relocations give the end: a symbol that none of them names has no slot to fill.
  uint32_t unhashed_end() const {
    if (hash_ && hash_[1] > 1) return hash_[1];
    uint64_t last = 0;
    for (ArrayRef<ElfW(Rela)> table : {relocations_, calls_})
      for (const ElfW(Rela) & relocation : table)
        last = std::max<uint64_t>(last, ELF64_R_SYM(relocation.r_info));
    return static_cast<uint32_t>(last) + 1;
  }

  /// The index of the replaceable symbol that the library defines by this name; 0 if it has none.
  uint32_t defined(StringRef wanted) const {
    // Header: number of buckets, index of the first symbol in the table, words of the filter, its shift.
    const uint32_t buckets = hash_[0], first = hash_[1], filter_size = hash_[2], shift = hash_[3];
    auto* filter = reinterpret_cast<const uint64_t*>(hash_ + 4);
    auto* bucket = reinterpret_cast<const uint32_t*>(filter + filter_size);
    const uint32_t* chain = bucket + buckets;
    const uint32_t hash = gnu_hash(wanted);
    const uint64_t bits = uint64_t{1} << hash % 64 | uint64_t{1} << (hash >> shift) % 64;
    if (buckets == 0 || (filter[hash / 64 % filter_size] & bits) != bits) return 0;
    for (uint32_t index = bucket[hash % buckets]; index >= first; ++index) {
      const uint32_t entry = chain[index - first];
      if ((entry | 1) == (hash | 1) && is_replaceable(index) && wanted == name(index)) return index;
      if (entry & 1) return 0;
    }
    return 0;
  }

  /// False, with the reason in errno, if the slot cannot be made writable.
  bool store(uintptr_t slot, uintptr_t value) const {
    auto* place = reinterpret_cast<uintptr_t*>(slot);
    if (*place == value) return true;
    const auto page_size = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
    const uintptr_t page = slot & ~(page_size - 1);
    // The last page of the range stays writable if the range ends within it.
    bool read_only = slot >= read_only_start_ && page + page_size <= read_only_end_;
    if (read_only && mprotect(reinterpret_cast<void*>(page), page_size, PROT_READ | PROT_WRITE) != 0) return false;
    // Threads may be calling through the slot: they see the old or the new value. What the new one leads to was written
    // before.
    __atomic_store_n(place, value, __ATOMIC_RELEASE);
    if (read_only) mprotect(reinterpret_cast<void*>(page), page_size, PROT_READ);
    return true;
  }

  uintptr_t base_;
  const ElfW(Sym) * symbols_ = nullptr;
  const char* strings_ = nullptr;
  const uint32_t* hash_ = nullptr; ///< GNU's kind; null if the library has only the older kind
  ArrayRef<ElfW(Rela)> relocations_, calls_;
  uintptr_t read_only_start_ = 0, read_only_end_ = 0;
  std::size_t soname_ = 0;
  bool binds_to_itself_ = false;
};

/// The libraries that are loaded now and may be bound. Under the dynamic linker's lock this only notes where they are:
/// later steps take locks of ours, whose holders look up symbols.
std::vector<LoadedLibrary> loaded_libraries() {
  std::vector<dl_phdr_info> objects;
  dl_iterate_phdr(
      [](dl_phdr_info* info, std::size_t, void* list) {
        StringRef path = info->dlpi_name; // empty for the executable
        if (!path.empty() && !path.starts_with("linux-vdso"))
          static_cast<std::vector<dl_phdr_info>*>(list)->push_back(*info);
        return 0;
      },
      &objects);
  std::vector<LoadedLibrary> libraries;
  for (const dl_phdr_info& object : objects) {
    LoadedLibrary library(object);
    if (library.readable() && !library.is("ld-linux-x86-64.so.2") && !library.is("libgcc_s.so.1"))
      libraries.push_back(library);
  }
  return libraries;
}

} // namespace

void bind_libraries(const StringSet<>& names, function_ref<void*(const char* name)> address,
                    bool (*works_for_runtime)()) {
  in_runtime = works_for_runtime;
  for (const LoadedLibrary& library : loaded_libraries()) {
    DenseMap<uint32_t, void*> addresses;
    for (auto [index, name] : library.common(names))
      if (void* found = address(name)) addresses[index] = library.is("libc.so.6") ? for_libc(name, found) : found;
    if (addresses.empty()) continue;
    if (std::error_code error = library.bind(addresses))
      log_warning("link", "{} does not see all of the program's definitions: cannot write to its tables: {}",
                  library.name(), error.message());
  }
}

std::string unresolved_symbol(void* handle, const StringSet<>& names) {
  link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0) return {};
  for (const LoadedLibrary& library : loaded_libraries())
    if (library.base() == map->l_addr)
      for (const char* name : library.undefined())
        if (!names.contains(name) && !dlsym(handle, name) && !dlsym(RTLD_DEFAULT, name)) return name;
  return {};
}

} // namespace ajit
