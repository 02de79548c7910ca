//===- own_heap.cpp - The runner's heap is not the program's ------------------------------------------------------===//
//
// Problem: a program's thread makes its first calls anywhere, in a signal handler that has interrupted malloc as well.
// If the compile allocates from the heap that the thread was interrupted in, it waits for ever for that heap's lock.
// The program would also see the compiler's memory: in mallinfo, in an allocator that it brings along, in its limits.
//
// Approach: jemalloc is linked into the runner (CMakeLists.txt) with its symbols hidden. Everything that is linked
// statically, LLVM and the C++ library included, allocates there. Symbols that the program and its libraries name do
// not lead into the runner, so they keep the C library's malloc. What the C library allocates by itself stays in its
// own heap. The test `tools.own_heap` holds the border: the runner uses no function of the C library that returns
// memory for the caller to free.
//
// A fault inside the heap would leave its locks held. So a compile whose stack is nearly full ends before it goes in.
//
// A thread that uses this heap holds signals (signals_held.h), so a handler never finds it in use by its own thread.
//
// Rejected: wrapping malloc and free at link time, which misses operator new of the C++ library; mimalloc, which
// reserves 32 MiB of addresses per thread and fails under small limits (Debian has no static library of it either).
//
//===-------------------------------------------------------------------------------------------------------------===//
#include "jit.h"
#include "stack_floor.h"

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

namespace {

[[noreturn]] void end_without_memory() {
  constexpr char text[] = "ajit-run: error: out of memory\n";
  if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(1);
  _exit(1);
}

std::terminate_handler usual_end = nullptr;

/// For exceptions that nothing catches. The program's are not among them, as it has a C++ library of its own.
[[noreturn]] void explain_end() {
  try {
    if (std::current_exception()) throw;
  } catch (const std::bad_alloc&) {
    end_without_memory();
  } catch (...) {
  }
  usual_end();
  std::abort();
}

/// Ends the compile that has nearly filled its stack.
void check_stack() {
  if (reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) < ajit::stack_floor) [[unlikely]]
    if (ajit::in_compile()) ajit::abandon_compile(SIGSEGV);
}

/// Allocates, if need be again with ajit's reserve.
template <typename Allocate> void* twice(Allocate allocate) {
  check_stack();
  void* memory = allocate();
  if (!memory) [[unlikely]]
    if (ajit::more_memory()) memory = allocate();
  return memory;
}

} // namespace

extern "C" {

// jemalloc's options. One arena for all threads: what one thread gives back serves the others when memory runs out
// (compile_guard.cpp has a reserve), and few threads compile at once.
[[gnu::visibility("hidden")]] extern const char* const malloc_conf;
const char* const malloc_conf = "narenas:1";

// jemalloc asks for its options here. The environment's are for the program's own jemalloc.
[[gnu::visibility("hidden")]] char* secure_getenv(const char*) noexcept { return nullptr; }

// The C library's would allocate in the program's heap, and its callers free in this one.
[[gnu::visibility("hidden")]] char* strdup(const char* text) noexcept {
  const std::size_t bytes = std::strlen(text) + 1;
  void* copy = std::malloc(bytes);
  return copy ? static_cast<char*>(std::memcpy(copy, text, bytes)) : nullptr;
}

// The linker sends the calls of these names here (--wrap), and those of __real_… to the heap.
void* __real_malloc(std::size_t bytes);
void* __real_calloc(std::size_t count, std::size_t bytes);
void* __real_realloc(void* memory, std::size_t bytes);
void __real_free(void* memory);
void* __real__Znwm(std::size_t bytes);
void* __real__ZnwmSt11align_val_t(std::size_t bytes, std::align_val_t alignment);
void __real__ZdlPv(void* memory);
void __real__ZdlPvm(void* memory, std::size_t bytes);
void __real__ZdlPvSt11align_val_t(void* memory, std::align_val_t alignment);
void __real__ZdlPvmSt11align_val_t(void* memory, std::size_t bytes, std::align_val_t alignment);

/// jemalloc crashes if it finds no memory for its start, which the first static objects cause. Runs before them.
[[gnu::constructor(101)]] static void refuse_without_memory() {
  constexpr std::size_t bytes = std::size_t{16} << 20;
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) end_without_memory();
  munmap(memory, bytes);
  usual_end = std::set_terminate(&explain_end);
}

void* __wrap_malloc(std::size_t bytes) {
  return twice([=] { return __real_malloc(bytes); });
}
void* __wrap_calloc(std::size_t count, std::size_t bytes) {
  return twice([=] { return __real_calloc(count, bytes); });
}
void* __wrap_realloc(void* memory, std::size_t bytes) {
  return twice([=] { return __real_realloc(memory, bytes); });
}
void __wrap_free(void* memory) {
  check_stack();
  __real_free(memory);
}
void* __wrap__Znwm(std::size_t bytes) {
  check_stack();
  return __real__Znwm(bytes);
}
void __wrap__ZdlPv(void* memory) {
  check_stack();
  __real__ZdlPv(memory);
}
void __wrap__ZdlPvm(void* memory, std::size_t bytes) {
  check_stack();
  __real__ZdlPvm(memory, bytes);
}
void __wrap__ZdlPvSt11align_val_t(void* memory, std::align_val_t alignment) {
  check_stack();
  __real__ZdlPvSt11align_val_t(memory, alignment);
}
void __wrap__ZdlPvmSt11align_val_t(void* memory, std::size_t bytes, std::align_val_t alignment) {
  check_stack();
  __real__ZdlPvmSt11align_val_t(memory, bytes, alignment);
}

// LLVM's allocators name an alignment each time, mostly the one that every allocation has. jemalloc's way for
// alignments is longer: 4 % of the instructions of a short run.
void* __wrap__ZnwmSt11align_val_t(std::size_t bytes, std::align_val_t alignment) {
  check_stack();
  if (static_cast<std::size_t>(alignment) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__) return __real__Znwm(bytes);
  return __real__ZnwmSt11align_val_t(bytes, alignment);
}
}
