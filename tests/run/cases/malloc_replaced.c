// A program with its own allocator: the C library must use it as well, so that the program can free the library's
// blocks. The allocator's blocks have a header, so it detects a foreign block at once.
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { magic = 0x5ca1ab1e };
struct Header {
  uint64_t size;
  uint32_t magic, state;
};
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char *arena, *end;
static long live, foreign, made;
static _Thread_local long by_this_thread; // its storage must not come from this allocator

static void* take(size_t size, size_t alignment) {
  pthread_mutex_lock(&lock);
  if (!arena) {
    arena = mmap(NULL, 1ul << 32, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    end = arena + (1ul << 32);
  }
  uintptr_t at = ((uintptr_t)arena + sizeof(struct Header) + alignment - 1) & -alignment;
  arena = (char*)at + size;
  live++, made++, by_this_thread++;
  pthread_mutex_unlock(&lock);
  if (arena > end) abort();
  struct Header* header = (struct Header*)at - 1;
  *header = (struct Header){size, magic, 1};
  return (void*)at;
}
void* malloc(size_t size) { return take(size, 16); }
void* calloc(size_t count, size_t size) { return take(count * size, 16); } // the arena is never reused: zero
void* memalign(size_t alignment, size_t size) { return take(size, alignment < 16 ? 16 : alignment); }
void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void** result, size_t alignment, size_t size) { return *result = memalign(alignment, size), 0; }
void free(void* memory) {
  if (!memory) return;
  struct Header* header = (struct Header*)memory - 1;
  pthread_mutex_lock(&lock);
  if (header->magic == magic && header->state == 1)
    live--, header->state = 2;
  else
    foreign++;
  pthread_mutex_unlock(&lock);
}
void* realloc(void* memory, size_t size) {
  void* result = malloc(size);
  if (memory) {
    struct Header* header = (struct Header*)memory - 1;
    memcpy(result, memory, header->size < size ? header->size : size);
    free(memory);
  }
  return result;
}

static void* thread(void* unused) {
  for (int i = 0; i < 200; i++) {
    char* text;
    if (asprintf(&text, "%d", i) < 0) abort();
    free(text);
  }
  if (by_this_thread < 200) abort();
  return unused;
}

int main(void) {
  char* copy = strdup("a copy");
  char *line = NULL, *path = realpath("/tmp/../tmp", NULL), *joined, *directory = getcwd(NULL, 0);
  size_t room = 0;
  FILE* file = fopen("/proc/self/status", "r");
  ssize_t length = getline(&line, &room, file);
  fclose(file);
  if (asprintf(&joined, "%s %s %d %d", copy, path, length > 5, directory != NULL) < 0) return 1;
  char* stream_text;
  size_t stream_size;
  FILE* stream = open_memstream(&stream_text, &stream_size);
  for (int i = 0; i < 1000; i++)
    fprintf(stream, "%d,", i);
  fclose(stream);
  pthread_t threads[4];
  for (int i = 0; i < 4; i++)
    pthread_create(&threads[i], NULL, thread, NULL);
  for (int i = 0; i < 4; i++)
    pthread_join(threads[i], NULL);
  printf("%s, %zu bytes, %d\n", joined, stream_size, made > 800);
  free(copy), free(line), free(path), free(joined), free(directory), free(stream_text);
  printf("%ld foreign\n", foreign);
  return foreign != 0;
}
