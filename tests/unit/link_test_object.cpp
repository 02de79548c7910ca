// Code for the tests of src/link/ to link and run: compiled to an object by the build, never linked into the tests.

namespace {

int calls = 40;
int zeroed[5000];

struct CountsItsEnd {
  int& count;
  ~CountsItsEnd() { ++count; }
};

} // namespace

extern "C" {

int answer() { return 42; }

int bump_counter() { return ++calls; }

int sum_zeroed() {
  int sum = 0;
  for (int element : zeroed)
    sum += element;
  return sum;
}

const char* greeting() { return "hello from generated code"; }

[[gnu::noinline]] int throw_int(int value) { throw value; }

int catch_int(int value) {
  try {
    return throw_int(value);
  } catch (int caught) {
    return caught + 1;
  }
}

// A frame between the test's throw and the test's catch.
int call_back(void (*callback)(void*), void* argument, int* ends) {
  CountsItsEnd counts{*ends};
  callback(argument);
  return 7;
}

// Signals SIGTRAP from within generated code.
int trap() {
  __builtin_debugtrap();
  return 9;
}
}
