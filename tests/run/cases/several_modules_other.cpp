// The other half of several_modules.cpp.
#include "several_modules.h"

#include <stdexcept>
#include <string>

static int internal(int x) { return x + 1000; }
static Trace trace("second module");
struct Parrot : Speaker {
  const char* say() const override { return "again"; }
};
int internal_of_other(int x) { return internal(x); }
int twice_of_other(int x) { return twice(x); }
int* address_of_shared() { return &shared<int>; }
void throw_from_other(int depth) {
  if (depth == 0) throw std::runtime_error("the other " + std::to_string(shared<int>));
  throw_from_other(depth - 1);
}
std::unique_ptr<Speaker> make_speaker() { return std::make_unique<Parrot>(); }
