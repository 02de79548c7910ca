// Shared by the two modules of several_modules.cpp.
#pragma once
#include <cstdio>
#include <memory>

struct Trace {
  const char* name;
  explicit Trace(const char* n) : name(n) { std::printf("constructed %s\n", name); }
  ~Trace() { std::printf("destroyed %s\n", name); }
};
struct Speaker {
  virtual ~Speaker() = default;
  virtual const char* say() const = 0;
};
template <typename T> T twice(T x) { return x * 2; }
template <typename T> inline T shared = T(5);

int internal_of_other(int);
int twice_of_other(int);
int* address_of_shared();
void throw_from_other(int);
std::unique_ptr<Speaker> make_speaker();
