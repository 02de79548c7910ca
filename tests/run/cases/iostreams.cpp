// iostreams: initialised by a static object before any of the program's own,
// flushed by its destructor after them; formatting and files.
#include <fstream>
#include <iomanip>
#include <iostream>
#include <sstream>

struct Last {
  ~Last() { std::cout << "from a destructor" << '\n'; }
} last;

int main() {
  std::cout << std::setw(8) << std::setfill('.') << 42 << ' ' << std::hex << 255 << ' ' << std::boolalpha << true
            << '\n';
  std::ofstream("written") << "a line\n" << 3.25 << '\n';
  std::ifstream in("written");
  std::string word;
  double number = 0;
  in >> word >> word >> number;
  std::ostringstream text;
  text << word << ' ' << std::fixed << std::setprecision(3) << number;
  std::cout << text.str() << std::endl;
  std::cerr << "an error" << std::endl;
  std::cout << "not flushed by hand";
  return in.fail();
}
