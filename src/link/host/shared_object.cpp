#include "shared_object.h"
#include "error.h"
#include "lifted_limit.h"

#include <atomic>
#include <cerrno>
#include <cstring>
#include <dlfcn.h>
#include <fmt/format.h>
#include <llvm/ADT/ArrayRef.h>
#include <llvm/ADT/SmallVector.h>
#include <llvm/Object/ELF.h>
#include <llvm/Support/MathExtras.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace llvm;
using Elf = llvm::object::ELF64LE;

namespace ajit {
namespace {

/// The parts of the file, one after the other. Offsets in the file are also addresses.
class Image {
public:
  /// Appends `size` bytes with `alignment`; returns their offset.
  uint64_t reserve(std::size_t size, std::size_t alignment) {
    const std::size_t place = alignTo(bytes_.size(), alignment);
    bytes_.resize(place + size);
    return place;
  }
  template <typename T> uint64_t append(ArrayRef<T> values) {
    const uint64_t place = reserve(values.size() * sizeof(T), alignof(T));
    put(place, values);
    return place;
  }
  template <typename T> void put(uint64_t place, ArrayRef<T> values) {
    if (!values.empty()) std::memcpy(bytes_.data() + place, values.data(), values.size() * sizeof(T));
  }
  std::size_t size() const { return bytes_.size(); }
  std::vector<char> take() { return std::move(bytes_); }

private:
  std::vector<char> bytes_;
};

/// DT_HASH, the System V ABI's: numbers of buckets and of symbols, the first symbol of each bucket, the next of each
/// symbol.
std::vector<uint32_t> hash_table(ArrayRef<SharedObject::Symbol> symbols) {
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

Elf::Sym symbol_entry(const SharedObject::Symbol& symbol, std::size_t name) {
  // The object has no sections. Any index that is not special says that the value is an offset.
  constexpr uint16_t some_section = 1;
  Elf::Sym entry{};
  entry.st_name = static_cast<uint32_t>(name);
  entry.setBindingAndType(ELF::STB_GLOBAL, symbol.is_thread_local ? ELF::STT_TLS : ELF::STT_NOTYPE);
  entry.st_shndx = symbol.is_thread_local ? some_section : uint16_t{ELF::SHN_ABS};
  entry.st_value = symbol.value;
  entry.st_size = symbol.size;
  return entry;
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

Elf::Dyn dynamic_entry(int64_t tag, uint64_t value) {
  Elf::Dyn entry{};
  entry.d_tag = tag;
  entry.d_un.d_val = value;
  return entry;
}

/// Writes an object part by part.
class Writer {
public:
  explicit Writer(const SharedObject& object) : object_(object) {}

  SharedObjectFile write() {
    const std::size_t segments = object_.thread_local_size ? 4 : 3;
    image_.append(ArrayRef(file_header(segments)));
    const uint64_t headers = image_.reserve(segments * sizeof(Elf::Phdr), alignof(Elf::Phdr));
    add_symbols();
    if (object_.at_fixed_distance) add_distance();
    if (object_.thread_local_size) add_thread_locals();
    dynamic_.push_back(dynamic_entry(ELF::DT_NULL, 0));
    const uint64_t dynamic_at = image_.append(ArrayRef(dynamic_));
    Elf::Phdr stack = segment(ELF::PT_GNU_STACK, 0, 0, 16);
    if (object_.needs_executable_stacks) stack.p_flags = stack.p_flags | ELF::PF_X;
    constexpr uint64_t page = 4096;
    headers_.push_back(segment(ELF::PT_LOAD, 0, image_.size(), page));
    headers_.push_back(segment(ELF::PT_DYNAMIC, dynamic_at, dynamic_.size() * sizeof(Elf::Dyn), alignof(Elf::Dyn)));
    headers_.push_back(stack);
    image_.put(headers, ArrayRef(headers_));
    return {image_.take(), distance_at_};
  }

private:
  void add_symbols() {
    std::string strings(1, '\0');
    std::vector<Elf::Sym> table(1);
    for (const SharedObject::Symbol& symbol : object_.symbols) {
      table.push_back(symbol_entry(symbol, strings.size()));
      strings += symbol.name;
      strings += '\0';
    }
    add(ELF::DT_SYMTAB, image_.append(ArrayRef(table)));
    add(ELF::DT_SYMENT, sizeof(Elf::Sym));
    add(ELF::DT_HASH, image_.append(ArrayRef(hash_table(object_.symbols))));
    add(ELF::DT_STRTAB, image_.append(ArrayRef(strings.data(), strings.size())));
    add(ELF::DT_STRSZ, strings.size());
  }

  /// A relocation against the object itself: it makes the dynamic linker choose a fixed distance, and reports it.
  void add_distance() {
    distance_at_ = image_.reserve(sizeof(uint64_t), alignof(uint64_t));
    Elf::Rela distance{};
    distance.r_offset = distance_at_;
    distance.setSymbolAndType(0, ELF::R_X86_64_TPOFF64, /*IsMips64EL=*/false);
    add(ELF::DT_RELA, image_.append(ArrayRef(distance)));
    add(ELF::DT_RELASZ, sizeof(Elf::Rela));
    add(ELF::DT_RELAENT, sizeof(Elf::Rela));
    add(ELF::DT_FLAGS, ELF::DF_STATIC_TLS);
  }

  void add_thread_locals() {
    const std::vector<char>& values = object_.thread_local_values;
    const uint64_t start = image_.reserve(values.size(), object_.thread_local_alignment);
    image_.put(start, ArrayRef(values));
    Elf::Phdr header = segment(ELF::PT_TLS, start, values.size(), object_.thread_local_alignment);
    header.p_memsz = object_.thread_local_size;
    headers_.push_back(header);
  }

  void add(int64_t tag, uint64_t value) { dynamic_.push_back(dynamic_entry(tag, value)); }

  const SharedObject& object_;
  Image image_;
  std::vector<Elf::Dyn> dynamic_;
  std::vector<Elf::Phdr> headers_;
  uint64_t distance_at_ = 0;
};

/// The dynamic linker knows libraries by their paths, and descriptors are reused. So each path has a different number
/// of slashes.
std::string path_of(int descriptor) {
  static std::atomic<unsigned> loaded{0};
  return fmt::format("/proc/self/fd/{}{}", std::string(loaded.fetch_add(1), '/'), descriptor);
}

} // namespace

SharedObjectFile write_shared_object(const SharedObject& object) { return Writer(object).write(); }

Expected<void*> open_shared_object(const std::vector<char>& file, int flags, const char* what) {
  const LiftedLimit descriptors(RLIMIT_NOFILE), file_size(RLIMIT_FSIZE);
  if (file.size() > file_size.value()) // a write would end the process
    return make_error("cannot make {}: the limit on file sizes (ulimit -f) is {} bytes", what, file_size.value());
  const int descriptor = memfd_create("ajit-symbols", MFD_CLOEXEC);
  if (descriptor < 0) return make_error("cannot make {}: {}", what, std::strerror(errno));
  void* handle = nullptr;
  Error result = Error::success();
  if (write(descriptor, file.data(), file.size()) != static_cast<ssize_t>(file.size()))
    result = make_error("cannot write {}: {}", what, std::strerror(errno));
  else if (handle = dlopen(path_of(descriptor).c_str(), flags); !handle)
    result = make_error("cannot load {}: {}", what, dlerror());
  close(descriptor);
  if (result) return result;
  return handle;
}

Error make_stacks_executable() {
  SharedObject object;
  object.needs_executable_stacks = true;
  return open_shared_object(write_shared_object(object).bytes, RTLD_NOW, "executable stacks").takeError();
}

} // namespace ajit
