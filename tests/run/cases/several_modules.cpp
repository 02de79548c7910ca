// One program of two modules: templates instantiated in both, constructors of
// both, an exception from one to the other, a virtual function across, and
// internal functions of the same name.
#include "several_modules.h"

#include <cstdio>
#include <stdexcept>

static int internal(int x) { return x + 1; }
static Trace trace("first module");

int main() {
  for (int i = 0; i < 4; i++)
    std::printf("%d %d %d\n", internal(i), internal_of_other(i), twice(i) == twice_of_other(i));
  std::printf("%d\n", &shared<int> == address_of_shared());
  try {
    throw_from_other(3);
  } catch (const std::runtime_error& e) {
    std::printf("caught %s\n", e.what());
  }
  std::unique_ptr<Speaker> speaker = make_speaker();
  std::printf("%s\n", speaker->say());
}
