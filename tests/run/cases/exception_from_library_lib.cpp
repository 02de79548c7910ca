// The library of exception_from_library.cpp.
#include "exception_from_library.h"

static int destroyed;
namespace {
struct Guard {
  ~Guard() { destroyed++; }
};
} // namespace

int visit_all(Visitor& visitor, int count) {
  Guard guard;
  int sum = 0;
  if (count == 0) throw LibraryError("nothing to visit", 3);
  if (count == 4) throw std::out_of_range("even less");
  for (int i = 0; i < count; i++)
    sum += visitor.visit(i);
  return sum;
}
int destroyed_in_library() { return destroyed; }
