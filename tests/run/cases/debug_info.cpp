// Compiled with -g: debug metadata links all parts of a program, and must not
// change its behaviour.
#include <cstdio>
#include <map>
#include <string>

namespace outer {
template <typename Key> struct Index {
  std::map<Key, int> entries;
  int add(Key key) { return entries[key] += 1; }
};
} // namespace outer

static int parse(const std::string& text, outer::Index<std::string>& index) {
  int words = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.find(' ', at);
    std::string word = text.substr(at, end - at);
    words += index.add(word);
    at = end == std::string::npos ? text.size() : end + 1;
  }
  return words;
}

int main() {
  outer::Index<std::string> index;
  for (int i = 0; i < 4; i++)
    std::printf("%d\n", parse("the cat and the dog and the bird", index));
  for (auto& [word, count] : index.entries)
    std::printf("%s %d\n", word.c_str(), count);
}
