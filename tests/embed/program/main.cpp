// A program that embeds libajit: it makes a module at run time, calls it from several threads, gives it a function to
// call back, and reads the statistics.
#include <ajit/jit.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

namespace {

constexpr const char* module_text = R"(
declare i64 @bonus(i64)

define i64 @triangle(i64 %n) {
entry:
  %end = icmp eq i64 %n, 0
  br i1 %end, label %done, label %more
more:
  %m = sub i64 %n, 1
  %rest = call i64 @triangle(i64 %m)
  %sum = add i64 %rest, %n
  ret i64 %sum
done:
  %b = call i64 @bonus(i64 %n)
  ret i64 %b
}
)";

std::atomic<long> bonus_calls{0};

long bonus(long n) {
  ++bonus_calls;
  return n + 7;
}

[[noreturn]] void fail(const std::string& why) {
  std::fprintf(stderr, "embed: %s\n", why.c_str());
  std::exit(1);
}

} // namespace

int main() {
  ajit::Options options;
  options.tiers.thresholds = {10, 100, 1000};
  auto jit = ajit::Jit::create(options);
  if (!jit) fail(jit.error());
  (*jit)->define_symbol("bonus", reinterpret_cast<void*>(&bonus));
  if (auto added = (*jit)->add_module(module_text, "triangle.ll"); !added) fail(added.error());

  auto triangle = (*jit)->lookup<long(long)>("triangle");
  if (!triangle) fail(triangle.error());
  if ((*jit)->lookup<void()>("nothing")) fail("found a symbol that is not there");

  std::atomic<long> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t != 4; ++t)
    threads.emplace_back([&] {
      for (long n = 0; n != 2000; ++n)
        if ((**triangle)(n % 50) != (n % 50) * (n % 50 + 1) / 2 + 7) ++wrong;
    });
  for (std::thread& thread : threads)
    thread.join();
  if (wrong != 0 || bonus_calls != 4 * 2000) fail("wrong results");

  ajit::Stats stats = (*jit)->stats();
  for (const ajit::ProfileSnapshot& function : stats.functions)
    if (function.name == "triangle" && function.calls >= 1000) {
      std::puts("ok");
      return 0;
    }
  fail("no statistics of triangle");
}
