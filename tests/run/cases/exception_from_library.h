// What exception_from_library.cpp and its library share.
#pragma once
#include <stdexcept>

struct LibraryError : std::runtime_error {
  int code;
  LibraryError(const char* text, int code) : std::runtime_error(text), code(code) {}
};
struct Visitor {
  virtual ~Visitor() = default;
  virtual int visit(int n) = 0;
};
int visit_all(Visitor& visitor, int count); // throws LibraryError, and lets through what the visitor throws
int destroyed_in_library();
