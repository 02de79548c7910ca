// D without its run-time library (-betterC): templates, ranges, slices with bounds checks, scope guards, destructors,
// static data computed at compile time, delegates, nested functions.
import core.stdc.stdio;
import core.stdc.stdlib;

struct List(T) {
  T* items;
  size_t length, capacity;
  @disable this(this);
  ~this() { free(items); printf("freed %zu\n", length); }
  void put(T item) {
    if (length == capacity) {
      capacity = capacity ? capacity * 2 : 4;
      items = cast(T*) realloc(items, capacity * T.sizeof);
    }
    items[length++] = item;
  }
  T[] opSlice() { return items[0 .. length]; }
  int opApply(scope int delegate(ref T) body_) {
    foreach (ref item; items[0 .. length])
      if (int result = body_(item)) return result;
    return 0;
  }
}

bool isPrime(int n) {
  for (int d = 2; d * d <= n; d++)
    if (n % d == 0) return false;
  return n > 1;
}
int[N] firstPrimes(int N)() {
  int[N] result;
  int n = 2;
  foreach (ref p; result) {
    while (!isPrime(n)) n++;
    p = n++;
  }
  return result;
}
static immutable primes = firstPrimes!25();

int perThread = 3; // thread-local, as global variables are in D

T fold(alias f, T)(T[] values, T start) {
  foreach (v; values)
    start = f(start, v);
  return start;
}

struct Bits { mixin(fields()); }
string fields() { return "uint low; ulong high;"; }

extern (C) int main() {
  List!int list;
  foreach (i; 0 .. 200) {
    scope (exit) perThread++;
    list.put(i * 37 % 101);
  }
  int evens;
  foreach (ref int value; list) {
    if (value % 2 == 0) evens++;
    value += perThread;
  }
  printf("%d %d %d\n", evens, perThread, fold!((a, b) => (a * 31 + b) % 65_537)(list[], 7));
  foreach (i, p; primes)
    printf(i + 1 == primes.length ? "%d\n" : "%d ", p);
  int counter;
  int step(int by) { return counter += by; }
  scope int delegate(int) bump = &step;
  foreach (i; 0 .. 150)
    bump(i);
  auto bits = Bits(7, 1UL << 40);
  switch (counter % 3) {
    case 0: printf("%d by three, %u %llu\n", counter, bits.low, bits.high); goto default;
    case 1: break;
    default: printf("default\n");
  }
  real wide = 1.0L / 3;
  printf("%.18Lf\n", wide);
  return list[].length % 256;
}
