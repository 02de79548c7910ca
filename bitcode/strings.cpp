// String building: many short-lived std::string values and small helpers.
//
// The time goes to allocation, copying and comparing, half of it in the C++
// library and half in templates instantiated in this module (linkonce_odr
// functions, one of several possible copies). argv[1] is the number of
// sentences: 2,000 by default, some 15,000,000 for seconds at O3.
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

static const std::string_view nouns[] = {"compiler", "linker", "loop", "stub", "counter"};
static const std::string_view verbs[] = {"replaces", "calls", "measures", "unrolls"};

static std::string capitalised(std::string word) {
  word[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(word[0])));
  return word;
}

static std::string roman(unsigned n) {
  static const struct {
    unsigned value;
    const char* digits;
  } table[] = {{100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}};
  std::string out;
  for (auto& entry : table)
    for (; n >= entry.value; n -= entry.value)
      out += entry.digits;
  return out;
}

static std::string sentence(unsigned n) {
  std::string out = roman(n % 300 + 1) + ". The ";
  out += nouns[n % 5];
  out.append(" ").append(verbs[n % 4]).append(" the ");
  out += n % 3 ? std::string(nouns[n / 5 % 5]) : capitalised(std::string(nouns[n / 7 % 5]));
  if (n % 11 == 0) std::reverse(out.begin(), out.end());
  return out + '.';
}

int main(int argc, char** argv) {
  unsigned count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 2000;
  std::size_t length = 0, spaces = 0;
  std::string longest;
  for (unsigned n = 0; n < count; n++) {
    std::string s = sentence(n);
    length += s.size();
    spaces += std::count(s.begin(), s.end(), ' ');
    if (n < 5) std::puts(s.c_str());
    if (s.size() > longest.size() || (s.size() == longest.size() && s < longest)) longest = s;
  }
  std::printf("%zu characters, %zu spaces, longest: %s\n", length, spaces, longest.c_str());
  return static_cast<int>(length % 251);
}
