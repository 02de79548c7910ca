// A library in C++, compiled ahead of time. The program catches its exceptions by type and by base class. The program's
// exceptions pass through the library's frames and run their cleanups.
#include "exception_from_library.h"

#include <cstdio>

struct Stop {
  int at;
};
struct Picky final : Visitor {
  int limit;
  explicit Picky(int limit) : limit(limit) {}
  int visit(int n) override {
    if (n == limit) throw Stop{n};
    return n * 2;
  }
};

int main() {
  int stopped = 0, errors = 0, others = 0, sum = 0;
  for (int i = 0; i < 150; i++)
    try {
      Picky picky(i % 7);
      sum += visit_all(picky, i % 11);
    } catch (const Stop& stop) {
      stopped += stop.at;
    } catch (const LibraryError& e) {
      errors += e.code;
    } catch (const std::exception& e) {
      others += e.what()[0] == 'e';
    }
  std::printf("%d stopped, %d errors, %d others, %d, %d destroyed\n", stopped, errors, others, sum,
              destroyed_in_library());
}
