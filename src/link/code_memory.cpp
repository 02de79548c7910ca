#include "code_memory.h"

#include "error.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include <utility>

namespace ajit {
namespace {

constexpr int shared_in_place = MAP_SHARED | MAP_FIXED | MAP_NORESERVE;

/// A sparse file of `size` bytes; -1 if the system refuses.
int open_memory_file(std::size_t size) {
  // ftruncate beyond the limit on file sizes would kill the process with SIGXFSZ instead of failing.
  rlimit limit{};
  if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < size) return -1;
  const int descriptor = memfd_create("ajit", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor < 0) return -1;
  if (ftruncate(descriptor, static_cast<off_t>(size)) == 0) return descriptor;
  close(descriptor);
  return -1;
}

llvm::Error cannot_map(std::size_t size) {
  return system_error(fmt::format("cannot map {} bytes for generated code", size));
}

} // namespace

llvm::Expected<CodeMemory> CodeMemory::create(std::size_t size, CodeMapping mapping) {
  llvm::Expected<std::byte*> place = reserve_address_space(size, Place::random);
  if (!place) return place.takeError();
  const int descriptor = mapping == CodeMapping::anonymous ? -1 : open_memory_file(size);
  const int anonymous = descriptor < 0 ? MAP_ANONYMOUS : 0;
  if (mmap(*place, size, PROT_NONE, shared_in_place | anonymous, descriptor, 0) == MAP_FAILED) {
    llvm::Error error = cannot_map(size);
    munmap(*place, size);
    if (descriptor >= 0) close(descriptor);
    return error;
  }
  // A kernel without one of these two (Linux 5.1 and 2.6.16 have them) works, with less protection.
  if (descriptor >= 0) fcntl(descriptor, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW);
  madvise(*place, size, MADV_DONTFORK);
  return CodeMemory(*place, descriptor);
}

CodeMemory::CodeMemory(CodeMemory&& other) noexcept
    : linker_view_(other.linker_view_), descriptor_(std::exchange(other.descriptor_, -1)) {}

CodeMemory::~CodeMemory() {
  if (descriptor_ >= 0) close(descriptor_);
}

/// Without a file: mremap with an old size of 0 maps the memory of a shared mapping a second time, with the same
/// rights. It then moves the finished mapping into its place.
void* CodeMemory::map_again(AddressRange view, std::size_t offset, int protection) const {
  void* second = mremap(linker_view_ + offset, 0, view.size, MREMAP_MAYMOVE);
  if (second == MAP_FAILED) return MAP_FAILED;
  madvise(second, view.size, MADV_DOFORK);
  void* moved = MAP_FAILED;
  if (mprotect(second, view.size, protection) == 0)
    moved = mremap(second, view.size, view.size, MREMAP_MAYMOVE | MREMAP_FIXED, view.start);
  if (moved == MAP_FAILED) munmap(second, view.size);
  return moved;
}

llvm::Error CodeMemory::map(AddressRange view, std::size_t offset, int protection, bool is_private) const {
  const int flags = (is_private ? MAP_PRIVATE : MAP_SHARED) | MAP_FIXED | MAP_NORESERVE;
  void* mapped = descriptor_ < 0
                     ? map_again(view, offset, protection)
                     : mmap(view.start, view.size, protection, flags, descriptor_, static_cast<off_t>(offset));
  return mapped == MAP_FAILED ? cannot_map(view.size) : llvm::Error::success();
}

} // namespace ajit
