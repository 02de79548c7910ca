// linkonce_odr functions and variables: templates, inline functions with
// statics, inline variables, vtables and type information of inline classes.
#include <cstdio>
#include <typeinfo>

inline int next_id() {
  static int id = 0;
  return ++id;
}
inline int inline_variable = next_id();
template <typename T> struct Counter {
  static int count;
  static int* address() { return &count; }
};
template <typename T> int Counter<T>::count = 10;
struct Animal {
  virtual ~Animal() = default;
  virtual const char* name() const { return "animal"; }
};
struct Dog : Animal {
  const char* name() const override { return "dog"; }
};
template <typename T> __attribute__((noinline)) int bump() { return ++Counter<T>::count; }

int main() {
  for (int i = 0; i < 4; i++)
    std::printf("%d %d %d\n", bump<int>(), bump<long>(), next_id());
  Dog dog;
  Animal& animal = dog;
  std::printf("%d %s %d %d\n", inline_variable, animal.name(), typeid(animal) == typeid(Dog),
              Counter<int>::address() == &Counter<int>::count);
}
