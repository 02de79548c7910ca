// A throw passes through frames of different tiers: each cleanup runs once, the
// innermost matching handler wins, a rethrow continues to outer handlers.
#include <cstdio>
#include <stdexcept>

static int cleanups;
struct Guard {
  ~Guard() { cleanups++; }
};
struct Base {
  virtual ~Base() = default;
  int value = 1;
};
struct Other {
  long padding[3];
};
struct Derived : Other, Base {
  Derived() { value = 2; }
};

static void down(int depth, int what) {
  Guard guard;
  if (depth == 0) {
    if (what % 3 == 0) throw Derived();
    if (what % 3 == 1) throw std::out_of_range("far");
    throw "text";
  }
  if (depth == 5) try {
      return down(depth - 1, what);
    } catch (std::exception&) {
      Guard another;
      throw;
    }
  down(depth - 1, what);
}

int main() {
  int values = 0, errors = 0, texts = 0;
  for (int i = 0; i < 150; i++)
    try {
      down(i % 12, i);
    } catch (Base& b) {
      values += b.value;
    } catch (std::exception& e) {
      errors += e.what()[0] == 'f';
    } catch (const char* text) {
      texts += text[0] == 't';
    }
  std::printf("%d %d %d, %d cleanups\n", values, errors, texts, cleanups);
}
