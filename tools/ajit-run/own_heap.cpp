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
// A thread that uses this heap holds signals (signals_held.h), so a handler never finds it in use by its own thread.
//
// Rejected: wrapping malloc and free at link time, which misses operator new of the C++ library; mimalloc, which
// reserves 32 MiB of addresses per thread and fails under small limits (Debian has no static library of it either).
//
//===-------------------------------------------------------------------------------------------------------------===//
#include <cstdlib>
#include <cstring>
#include <new>

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

// LLVM's allocators name an alignment each time, mostly the one that every allocation has. jemalloc's way for
// alignments is longer: 4 % of the instructions of a short run. The linker sends such calls here (--wrap).
void* __real__ZnwmSt11align_val_t(std::size_t bytes, std::align_val_t alignment);
void* __wrap__ZnwmSt11align_val_t(std::size_t bytes, std::align_val_t alignment) {
  if (static_cast<std::size_t>(alignment) <= __STDCPP_DEFAULT_NEW_ALIGNMENT__) return ::operator new(bytes);
  return __real__ZnwmSt11align_val_t(bytes, alignment);
}
}
