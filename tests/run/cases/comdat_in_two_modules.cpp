// COMDATs that two modules share: inline functions, static members of templates, type information. By the latter, one
// module catches an exception of the other by its base class.
#include "comdat_in_two_modules.h"

#include <cstdio>

int main() {
  int caught[3] = {};
  for (int i = 0; i < 90; i++)
    try {
      fail(i);
    } catch (const Timeout& e) {
      caught[0] += e.code;
    } catch (const Error& e) {
      caught[1] += e.code;
    } catch (...) {
      caught[2]++;
    }
  std::printf("%d %d %d\n", caught[0], caught[1], caught[2]);
  std::printf("%d %d\n", Registry<int>::add(1), add_in_other(1));
  std::printf("%d %d\n", &counter() == counter_in_other(), &shared_text == text_in_other());
  std::printf("%d %d\n", typeid(Timeout) == timeout_in_other(), &Registry<int>::add == add_of_other());
  Timeout timeout;
  timeout.code = 3;
  std::printf("%d %s %d\n", inherit(timeout), shared_text.c_str(), weak_value);
}
