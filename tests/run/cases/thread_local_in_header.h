// Variables that thread_local_in_header.cpp and its library both define, and natively share.
#pragma once
#include <cstdio>

struct Logged {
  Logged() { std::printf("made\n"); }
  ~Logged() { std::printf("gone with %d\n", uses); }
  int uses = 0;
};

inline thread_local int visits = 10;
inline thread_local Logged logged;

template <typename T> struct PerType {
  static thread_local T value;
};
template <typename T> thread_local T PerType<T>::value = T(7);

// Program and library both hide its name.
struct __attribute__((visibility("hidden"))) Private {
  static inline thread_local int value = 1;
};

void* library_visit();
int library_private();
