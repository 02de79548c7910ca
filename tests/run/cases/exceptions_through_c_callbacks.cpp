// A throw out of callbacks of the C library: bsearch, qsort_r, twalk, pthread_once. The library's frames have
// unwind information and cleanups of their own: pthread_once resets its flag.
#include <cstdio>
#include <cstdlib>
#include <pthread.h>
#include <search.h>

struct Guard {
  int& count;
  ~Guard() { count++; }
};
static int cleanups, calls;
static int compare(const void* a, const void* b) {
  Guard guard{cleanups};
  int x = *static_cast<const int*>(a), y = *static_cast<const int*>(b);
  if (++calls % 7 == 0) throw x;
  return x - y;
}
static int compare_with(const void* a, const void* b, void* limit) {
  if (++calls % *static_cast<int*>(limit) == 0) throw "qsort_r";
  return *static_cast<const int*>(a) - *static_cast<const int*>(b);
}
static int plainly(const void* a, const void* b) { return *static_cast<const int*>(a) - *static_cast<const int*>(b); }
static void visit(const void* node, VISIT order, int depth) {
  if (order == leaf && depth > 1) throw **static_cast<int* const*>(node);
}
static int attempts;
static void once() {
  if (++attempts < 4) throw attempts;
}

int main() {
  int values[64], found = 0, thrown = 0, limit = 500, sorted = 0;
  for (int& value : values)
    value = static_cast<int>(&value - values) * 3;
  for (int i = 0; i < 100; i++)
    try {
      found += std::bsearch(&i, values, 64, sizeof(int), compare) != nullptr;
    } catch (int key) {
      thrown += key == i;
    }
  for (int i = 0; i < 20; i++)
    try {
      qsort_r(values, 64, sizeof(int), compare_with, &limit);
      sorted++;
    } catch (const char* from) {
      thrown += from[0] == 'q';
    }
  void* root = nullptr;
  for (int& value : values)
    tsearch(&value, &root, plainly);
  try {
    twalk(root, visit);
  } catch (int leaf) {
    std::printf("walked to %d\n", leaf);
  }
  pthread_once_t flag = PTHREAD_ONCE_INIT;
  for (int i = 0; i < 6; i++)
    try {
      pthread_once(&flag, once);
    } catch (int attempt) {
      std::printf("attempt %d\n", attempt);
    }
  std::printf("%d found, %d thrown, %d sorted, %d cleanups, %d attempts\n", found, thrown, sorted, cleanups, attempts);
}
