// Shared by exception_from_library.cpp and its library.
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
int visit_all(Visitor& visitor, int count); // throws LibraryError, and propagates the visitor's exceptions
int destroyed_in_library();
