// The definitions that both modules of comdat_in_two_modules.cpp contain; the program has one of each.
#pragma once
#include <string>
#include <typeinfo>

struct Error {
  int code;
  virtual ~Error() = default; // both modules have its vtable and type information
  virtual const char* what() const { return "error"; }
};
struct Timeout : Error {
  const char* what() const override { return "timeout"; }
};
template <typename T> struct Registry {
  static int entries;
  static int add(int n) {
    static int calls = 0;
    calls++;
    return entries += n * calls;
  }
};
template <typename T> int Registry<T>::entries = 100;
inline int& counter() {
  static int value = 5;
  return value;
}
inline std::string shared_text = "made once";
__attribute__((weak)) int weak_value = 11;

void fail(int how);
int add_in_other(int n);
int* counter_in_other();
const std::type_info& timeout_in_other();
std::string* text_in_other();
int (*add_of_other())(int);
int inherit(Error& error);
