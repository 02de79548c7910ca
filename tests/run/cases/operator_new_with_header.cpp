// A program's operator new puts a header before each block, so the library's own strings, streams and containers must
// both allocate and release through it, wherever either call was inlined.
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <locale>
#include <map>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

static long live, wrong;
struct alignas(16) Header {
  unsigned long magic;
};
void* operator new(std::size_t size) {
  auto* header = static_cast<Header*>(std::malloc(size + sizeof(Header)));
  if (!header) throw std::bad_alloc();
  header->magic = 0xfeedface;
  live++;
  return header + 1;
}
void operator delete(void* p) noexcept {
  if (!p) return;
  auto* header = static_cast<Header*>(p) - 1;
  if (header->magic != 0xfeedface) {
    wrong++;
    return;
  }
  header->magic = 0;
  live--;
  std::free(header);
}
void operator delete(void* p, std::size_t) noexcept { operator delete(p); }

int main() {
  long before = live;
  {
    std::map<std::string, std::vector<std::string>> words;
    for (int i = 0; i < 120; i++) {
      std::ostringstream out;
      out << "a text that does not fit into a small string, " << i << ' ' << i / 7.0;
      words[out.str().substr(0, 30) + std::string(40, 'x')].push_back(out.str());
    }
    std::string all;
    for (auto& [key, list] : words)
      for (const std::string& word : list)
        all += word + key;
    std::istringstream in(all);
    std::string word;
    int count = 0;
    while (in >> word)
      count++;
    std::function<int(int)> big = [all](int n) { return static_cast<int>(all.size()) + n; };
    std::locale classic = std::locale::classic();
    try {
      std::string().at(3);
    } catch (const std::out_of_range& e) {
      std::string what = e.what();
      std::printf("%zu\n", what.size() > 10 ? what.size() : 0);
    }
    std::printf("%d words, %d\n", count, big(1));
  }
  std::printf("%ld left, %ld wrong\n", live - before, wrong);
}
