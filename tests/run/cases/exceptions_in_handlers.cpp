// Exceptions thrown while others are handled: from catch clauses, nested, rethrown out of order. Also the value of
// std::uncaught_exceptions() in destructors, function-try-blocks, and a static local whose initialiser throws.
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

static std::string trace;
struct Probe {
  int before = std::uncaught_exceptions();
  ~Probe() { trace += std::uncaught_exceptions() > before ? '!' : '.'; }
};
struct Base {
  explicit Base(int n) {
    if (n % 4 == 0) throw std::invalid_argument("base");
  }
};
struct Derived : Base {
  explicit Derived(int n) try : Base(n) { Probe probe; } catch (std::exception& e) {
    throw std::runtime_error(std::string("derived from ") + e.what());
  }
};
static void wrap(int depth) {
  Probe probe;
  try {
    if (depth == 0) throw std::out_of_range("innermost");
    wrap(depth - 1);
  } catch (...) {
    std::throw_with_nested(std::logic_error("level " + std::to_string(depth)));
  }
}
static int unwrap(const std::exception& e) {
  try {
    std::rethrow_if_nested(e);
  } catch (const std::exception& inner) {
    return 1 + unwrap(inner);
  }
  return 0;
}
static int lazily(int n) {
  static int value = n < 3 ? throw n : n; // retried until it succeeds
  return value;
}

int main() {
  int depths = 0, made = 0, refused = 0, replaced = 0;
  for (int i = 0; i < 40; i++) {
    try {
      wrap(i % 6);
    } catch (const std::exception& e) {
      depths += unwrap(e);
    }
    try {
      Derived derived(i);
      made++;
    } catch (const std::runtime_error&) {
      refused++;
    }
    try {
      try {
        throw i;
      } catch (int n) {
        Probe probe;
        try {
          throw std::to_string(n);
        } catch (const std::string&) {
        }
        if (n % 2) throw;
        throw 'x';
      }
    } catch (int) {
      replaced++;
    } catch (char) {
    }
  }
  for (int i = 0; i < 6; i++)
    try {
      std::printf("%d ", lazily(i));
    } catch (int n) {
      std::printf("not %d ", n);
    }
  std::printf("%d %d %d %d\n%s\n", depths, made, refused, replaced, trace.substr(trace.size() - 60).c_str());
}
