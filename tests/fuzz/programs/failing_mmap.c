// Preloaded into ajit-run: some calls of mmap fail, so that the heap of the compiler runs out of memory. The C library
// does not call this mmap, so the program's malloc works on.
//
// AJIT_MMAP_THREADS  the name of the threads whose calls count; empty: all threads
// AJIT_MMAP_FIRST    the number of the first call that fails, from 1
// AJIT_MMAP_COUNT    how many fail from there
// AJIT_MMAP_LOG      a file that gets a byte for each call that failed
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const char* threads = "";
static long first, count;
static int log_file = -1;
static atomic_long calls;

__attribute__((constructor)) static void read_orders(void) {
  const char* from = getenv("AJIT_MMAP_FIRST");
  const char* names = getenv("AJIT_MMAP_THREADS");
  if (!from) return;
  if (names) threads = names;
  count = atol(getenv("AJIT_MMAP_COUNT"));
  log_file = open(getenv("AJIT_MMAP_LOG"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  first = atol(from);
}

static int is_concerned(void) {
  char name[16] = "";
  return first && (!*threads || (prctl(PR_GET_NAME, name) == 0 && !strcmp(name, threads)));
}

void* mmap(void* at, size_t bytes, int protection, int flags, int file, off_t offset) {
  if (is_concerned()) {
    const long number = atomic_fetch_add(&calls, 1) + 1;
    if (number >= first && number < first + count) {
      if (write(log_file, "x", 1) != 1) abort();
      errno = ENOMEM;
      return MAP_FAILED;
    }
  }
  return (void*)syscall(SYS_mmap, at, bytes, protection, flags, file, offset);
}

void* mmap64(void* at, size_t bytes, int protection, int flags, int file, off_t offset) __attribute__((alias("mmap")));
