//===- code_memory.h - Memory that the linker writes and the program executes -------------------------------------===//
//
// One piece of memory with two views: the linker's, which is writable, and the program's, which never is. The memory is
// a memfd. Its descriptor is closed as soon as the views exist, so /proc/self/fd does not lead to it. Before the
// program's view is mapped, the file is sealed against further writable mappings (F_SEAL_FUTURE_WRITE): the program's
// view cannot become writable, not by mprotect and not in a forked child. The linker's view is not inherited
// (MADV_DONTFORK).
//
// Where the system refuses a memfd (seccomp, no descriptor left, a limit on file sizes), the memory is a shared mapping
// without a file, which mremap maps a second time. It keeps the views apart but cannot be sealed.
//
// Rejected: a file in a temporary directory (it can be found and opened while it has a name); shm_open (the same).
//
//===-------------------------------------------------------------------------------------------------------------===//
#pragma once

#include "address_space.h"

namespace ajit {

/// How the program's view of code is mapped; some tools need a special mapping.
enum class CodeMapping : uint8_t {
  /// A file in memory, mapped shared.
  standard,
  /// For debuggers. They write breakpoints with ptrace, which Linux refuses in read-only shared mappings (FOLL_FORCE
  /// needs copy-on-write). So code is mapped private: a page shows what the linker writes until a breakpoint makes a
  /// copy of it. No two objects share a page, or a breakpoint in one would hide a later one.
  debuggable,
  /// For perf's map files. perf uses them only for memory that it takes to be anonymous, judging by the name of the
  /// mapping. A memfd does not pass for that; memory that is mapped shared without a file does.
  anonymous,
};

/// Creates the memory and its linker's view, without access rights, and maps further views while it lives. All views
/// outlive it and belong to the caller.
class CodeMemory {
public:
  static llvm::Expected<CodeMemory> create(std::size_t size, CodeMapping mapping);

  CodeMemory(CodeMemory&& other) noexcept;
  CodeMemory& operator=(CodeMemory&&) = delete;
  ~CodeMemory();

  /// The linker's view, at a random address. A forked child does not inherit it.
  std::byte* linker_view() const { return linker_view_; }

  /// Replaces the mapping at `view.start` by the bytes from `offset` on, in one step for threads that use it. With
  /// `is_private`, a debugger may write copies.
  llvm::Error map(AddressRange view, std::size_t offset, int protection, bool is_private) const;

private:
  CodeMemory(std::byte* linker_view, int descriptor) : linker_view_(linker_view), descriptor_(descriptor) {}

  void* map_again(AddressRange view, std::size_t offset, int protection) const;

  std::byte* linker_view_;
  int descriptor_; ///< -1: without a file
};

} // namespace ajit
