// fmt, header-only: formats numbers, ranges, times and user types; wrong format strings at run time throw.
#define FMT_HEADER_ONLY
#include <fmt/chrono.h>
#include <fmt/compile.h>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <map>
#include <string>
#include <vector>

struct Version {
  int major, minor;
};
template <> struct fmt::formatter<Version> {
  bool verbose = false;
  constexpr auto parse(format_parse_context& context) {
    auto at = context.begin();
    if (at != context.end() && *at == 'v') verbose = true, ++at;
    return at;
  }
  template <typename Context> auto format(const Version& v, Context& context) const {
    return fmt::format_to(context.out(), verbose ? "version {}.{}" : "{}.{}", v.major, v.minor);
  }
};

int main() {
  fmt::print("{:>10}|{:<10}|{:^10}|{:*^10}\n", 1, 2.5, "mid", 'c');
  fmt::print("{:#x} {:#b} {:o} {:+} {:e} {:.3f} {:g} {}\n", 255, 5, 8, 3, 12345.678, 3.14159, 1e-10, 0.1 + 0.2);
  fmt::print("{} {} {}\n", 1.7976931348623157e308, 4.9e-324, -0.0);
  fmt::print("{0} {1} {0} {name}\n", "a", "b", fmt::arg("name", "n"));
  fmt::print("{} {}\n", std::vector<int>{1, 2, 3}, std::map<std::string, int>{{"x", 1}, {"y", 2}});
  fmt::print("{} {:v}\n", Version{1, 2}, Version{3, 4});
  fmt::print("{:%H:%M:%S} {}\n", std::chrono::seconds(3661), std::chrono::milliseconds(42));
  fmt::print("{}\n", fmt::format(FMT_COMPILE("{}-{:04}"), 7, 42));
  for (const char* text : {"{", "{:d}", "{1}", "{:{}}"})
    try {
      fmt::print("{}\n", fmt::format(fmt::runtime(text), "text"));
    } catch (const fmt::format_error& e) {
      fmt::print("error: {}\n", e.what());
    }
  std::string all;
  for (int i = 0; i < 500; i++)
    fmt::format_to(std::back_inserter(all), "{},{:.2f};", i * 7919 % 1009, i / 7.0);
  fmt::print("{} {}\n", all.size(), all.substr(all.size() - 20));
}
