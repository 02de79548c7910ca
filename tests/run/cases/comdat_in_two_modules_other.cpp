// The other half of comdat_in_two_modules.cpp.
#include "comdat_in_two_modules.h"

void fail(int how) {
  Timeout timeout;
  timeout.code = how;
  Error error;
  error.code = 2;
  if (how % 3 == 0) throw timeout;
  if (how % 3 == 1) throw error;
  throw how;
}
int add_in_other(int n) { return Registry<int>::add(n); }
int* counter_in_other() { return &counter(); }
const std::type_info& timeout_in_other() { return typeid(Timeout); }
std::string* text_in_other() { return &shared_text; }
int (*add_of_other())(int) { return &Registry<int>::add; }
int inherit(Error& error) { return dynamic_cast<Timeout*>(&error) ? error.code * 10 : 0; }
