// A program's own operator new and delete replace the library's for the whole
// program, the library's own templates and strings included.
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

static long allocations, releases;
void* operator new(std::size_t size) {
  allocations++;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { releases++, std::free(p); }
void operator delete(void* p, std::size_t) noexcept { releases++, std::free(p); }

int main() {
  {
    std::vector<std::string> words;
    for (int i = 0; i < 100; i++)
      words.push_back("a string that is too long for its small buffer " + std::to_string(i));
    std::printf("%zu\n", words.back().size());
  }
  // Optimisers may remove pairs, so the number itself is unspecified.
  std::printf("many: %d, balanced: %d\n", allocations >= 100, allocations == releases);
}
