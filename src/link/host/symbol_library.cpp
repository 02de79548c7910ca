#include "symbol_library.h"
#include "error.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <dlfcn.h>
#include <fmt/format.h>
#include <llvm/Object/ELF.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace llvm;
using Elf = llvm::object::ELF64LE;

namespace ajit {
namespace {

/// The parts of the file, one after the other. Offsets in the file are also addresses.
class Image {
public:
  /// Appends room for `count` of `T`; returns its offset.
  template <typename T> uint64_t reserve(std::size_t count) {
    const std::size_t place = (bytes_.size() + alignof(T) - 1) / alignof(T) * alignof(T);
    bytes_.resize(place + count * sizeof(T));
    return place;
  }
  template <typename T> uint64_t append(ArrayRef<T> values) {
    const uint64_t place = reserve<T>(values.size());
    put(place, values);
    return place;
  }
  template <typename T> void put(uint64_t place, ArrayRef<T> values) {
    std::memcpy(bytes_.data() + place, values.data(), values.size() * sizeof(T));
  }
  std::size_t size() const { return bytes_.size(); }
  std::vector<char> take() { return std::move(bytes_); }

private:
  std::vector<char> bytes_;
};

/// DT_HASH, the System V ABI's: numbers of buckets and of symbols, the first symbol of each bucket, the next of each
/// symbol.
std::vector<uint32_t> hash_table(ArrayRef<AddressedSymbol> symbols) {
  const auto count = static_cast<uint32_t>(symbols.size() + 1);
  std::vector<uint32_t> table(2 + 2 * std::size_t{count});
  table[0] = table[1] = count;
  uint32_t* buckets = table.data() + 2;
  uint32_t* next = buckets + count;
  for (uint32_t index = 1; index != count; ++index) {
    uint32_t& first = buckets[object::hashSysV(symbols[index - 1].name) % count];
    next[index] = first;
    first = index;
  }
  return table;
}

Elf::Phdr segment(uint32_t type, uint64_t start, uint64_t size, uint64_t alignment) {
  Elf::Phdr header{};
  header.p_type = type;
  header.p_flags = ELF::PF_R | ELF::PF_W; // the dynamic linker writes to the dynamic section
  header.p_offset = start;
  header.p_vaddr = start;
  header.p_filesz = size;
  header.p_memsz = size;
  header.p_align = alignment;
  return header;
}

Elf::Ehdr file_header(std::size_t segments) {
  Elf::Ehdr header{};
  std::memcpy(header.e_ident, ELF::ElfMagic, 4);
  header.e_ident[ELF::EI_CLASS] = ELF::ELFCLASS64;
  header.e_ident[ELF::EI_DATA] = ELF::ELFDATA2LSB;
  header.e_ident[ELF::EI_VERSION] = ELF::EV_CURRENT;
  header.e_type = ELF::ET_DYN;
  header.e_machine = ELF::EM_X86_64;
  header.e_version = ELF::EV_CURRENT;
  header.e_ehsize = sizeof(Elf::Ehdr);
  header.e_phoff = sizeof(Elf::Ehdr);
  header.e_phentsize = sizeof(Elf::Phdr);
  header.e_phnum = static_cast<uint16_t>(segments);
  return header;
}

/// The dynamic linker knows libraries by their paths, and descriptors are reused. So each path has a different number
/// of slashes.
std::string path_of(int descriptor) {
  static std::atomic<unsigned> loaded{0};
  return fmt::format("/proc/self/fd/{}{}", std::string(loaded.fetch_add(1), '/'), descriptor);
}

} // namespace

std::vector<char> symbol_library(ArrayRef<AddressedSymbol> symbols) {
  constexpr std::size_t segments = 3;
  Image image;
  image.append(ArrayRef(file_header(segments)));
  const uint64_t headers = image.reserve<Elf::Phdr>(segments);

  std::string strings(1, '\0');
  std::vector<Elf::Sym> table(1);
  for (const AddressedSymbol& symbol : symbols) {
    Elf::Sym entry{};
    entry.st_name = static_cast<uint32_t>(strings.size());
    entry.setBindingAndType(ELF::STB_GLOBAL, ELF::STT_NOTYPE);
    entry.st_shndx = ELF::SHN_ABS;
    entry.st_value = reinterpret_cast<uintptr_t>(symbol.address);
    table.push_back(entry);
    strings += symbol.name;
    strings += '\0';
  }
  const uint64_t symbols_at = image.append(ArrayRef(table));
  const uint64_t hash_at = image.append(ArrayRef(hash_table(symbols)));
  const uint64_t strings_at = image.append(ArrayRef(strings.data(), strings.size()));
  auto entry = [](int64_t tag, uint64_t value) {
    Elf::Dyn entry{};
    entry.d_tag = tag;
    entry.d_un.d_val = value;
    return entry;
  };
  const std::array dynamic{
      entry(ELF::DT_HASH, hash_at),      entry(ELF::DT_SYMTAB, symbols_at),    entry(ELF::DT_SYMENT, sizeof(Elf::Sym)),
      entry(ELF::DT_STRTAB, strings_at), entry(ELF::DT_STRSZ, strings.size()), entry(ELF::DT_NULL, 0)};
  const uint64_t dynamic_at = image.append(ArrayRef(dynamic));
  constexpr uint64_t page = 4096;
  image.put(headers, ArrayRef<Elf::Phdr>({segment(ELF::PT_LOAD, 0, image.size(), page),
                                          segment(ELF::PT_DYNAMIC, dynamic_at, sizeof dynamic, alignof(Elf::Dyn)),
                                          segment(ELF::PT_GNU_STACK, 0, 0, 16)}));
  return image.take();
}

Error load_symbol_library(ArrayRef<AddressedSymbol> symbols) {
  const std::vector<char> file = symbol_library(symbols);
  const int descriptor = memfd_create("ajit-symbols", MFD_CLOEXEC);
  if (descriptor < 0) return make_error("cannot make a library of the program's symbols: {}", std::strerror(errno));
  Error result = Error::success();
  if (write(descriptor, file.data(), file.size()) != static_cast<ssize_t>(file.size()))
    result = make_error("cannot write the library of the program's symbols: {}", std::strerror(errno));
  else if (!dlopen(path_of(descriptor).c_str(), RTLD_NOW | RTLD_GLOBAL))
    result = make_error("cannot load the library of the program's symbols: {}", dlerror());
  close(descriptor);
  return result;
}

} // namespace ajit
