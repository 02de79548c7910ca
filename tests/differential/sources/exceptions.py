"""C++ exceptions: which handler catches, and which objects are destroyed in which order.

Functions consist of guards (objects whose destructors write to the trail), try
blocks, throws of six types, rethrows, and throws from within handlers. They
keep exceptions in an exception_ptr and throw them again; they throw out of
callbacks of qsort, out of constructors and out of loops. All of this depends on
a parameter that changes from call to call. The program calls the functions
often enough for them to change tier.
"""
from program import Program
from sources import c_types
from sources.c_shared import build_flags
from sources.c_types import Text
from sources.dice import Dice

OPENING = """\
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>
struct Guard {
  u32 id;
  explicit Guard(u32 i) : id(i) { mix(i); }
  Guard(const Guard &other) : id(other.id + 1) { mix(id); }
  ~Guard() { mix(id ^ (u32)std::uncaught_exceptions() << 20); }
};
struct Base {
  u32 code;
  explicit Base(u32 c) : code(c) {}
  virtual ~Base() { mix(code + 7); }
  virtual u32 value() const { return code; }
};
struct Derived : Base {
  Guard inner;
  explicit Derived(u32 c) : Base(c), inner(c * 3) {}
  u32 value() const override { return code * 5 + inner.id; }
};
struct Other : virtual Base, std::runtime_error {
  explicit Other(u32 c) : Base(c), std::runtime_error("other " + std::to_string(c)) {}
  u32 value() const override { return code * 11; }
};
struct Fails {
  Guard first;
  Guard second;
  Fails(u32 n, u32 when) : first(n), second(n + 1) {
    if (n % when == 0) throw n;
  }
};
static u32 countdown;
static int compare(const void *a, const void *b) {
  Guard guard(5);
  if (countdown-- == 0) throw Base(*(const u32 *)a);
  u32 x = *(const u32 *)a, y = *(const u32 *)b;
  return x < y ? -1 : x > y;
}
static std::exception_ptr kept;
static u32 calls; // since the last round: what keeps every program short
static std::vector<Guard> guards(u32 n) {
  std::vector<Guard> all;
  for (u32 i = 0; i < n; i++) all.emplace_back(i);
  return all;
}
"""
CATCHES = (
    ("const Derived &e", "mix(e.value());"),
    ("const Base &e", "mix(e.value() + 1);"),
    ("u32 e", "mix(e + 2);"),
    ("const char *e", "mix((u64)e[0]);"),
    ("const std::exception &e", "mix((u64)e.what()[0]);"),
    ("const std::string &e", "mix(e.size());"),
)


class Thrower:
    """A program of functions that throw and catch."""

    def __init__(self, seed):
        self.dice = d = Dice("exceptions", seed)
        self.count = d.between(3, 8)
        self.names = 0

    def write(self):
        parts = [c_types.head(self.dice), OPENING]
        parts += [f"static u32 f{i}(u32 n, u32 depth);\n" for i in range(self.count)]
        parts += [str(self.function(i)) for i in reversed(range(self.count))]
        return "".join(parts) + str(self.main())

    def function(self, number):
        d, text = self.dice, Text()
        attribute = d.choose(("", "__attribute__((noinline)) ", "inline "))
        # Some have a function try block with a catch-all handler.
        around = d.chance(15)
        text.open(f"{attribute}static u32 f{number}(u32 n, u32 depth){' try' if around else ''}")
        text.line(f"u32 x = n * {d.between(1, 99)} + {d.below(99)};")
        text.line("if (calls++ > 2000) return x;")
        self.block(text, number, 3)
        text.line("return x;")
        text.close(" catch (...) { mix(99); " + ("throw; }" if d.chance(50) else "return 1; }") if around else "")
        return text

    def block(self, text, number, room):
        for _ in range(self.dice.between(1, 3)):
            self.statement(text, number, room)

    def condition(self):
        d = self.dice
        divisor = d.choose((2, 3, 5, 7, 13, 60))
        return f"(x * {d.between(1, 31)} + depth) % {divisor} == {d.below(divisor)}"

    def thrown(self):
        d = self.dice
        return d.choose((
            "(u32)x", "Base(x)", "Derived(x)", "Other(x)", '"text"', 'std::runtime_error("r" + std::to_string(x))',
            "std::string(x & 63, 'x')",
        ))  # fmt: skip

    def statement(self, text, number, room):
        d = self.dice
        self.names += 1
        name = self.names
        way = d.weighted(
            [(18, "guard"), (14, "throw"), (12, "call"), (10, "mix"), (8, "loop" if room else "mix")]
            + [(22, "try" if room else "call"), (4, "sort"), (4, "fails"), (4, "vector"), (3, "kept"), (3, "unique")]
        )
        if way == "guard":
            text.line(f"Guard g{name}(x + {d.below(99)});")
        elif way == "throw":
            text.line(f"if ({self.condition()}) throw {self.thrown()};")
        elif way == "call":
            self.call(text, number)
        elif way == "mix":
            text.line(f"x = x * {d.choose((3, 5, 7))} + {d.below(99)}; mix(x);")
        elif way == "loop":
            text.open(f"for (u32 i{name} = 0; i{name} < {d.choose((2, 3, 9))}; i{name}++)")
            text.line(f"x += i{name};")
            self.block(text, number, room - 1)
            if d.chance(40):
                text.line(f"if ({self.condition()}) {d.choose(('break', 'continue'))};")
            text.close()
        elif way == "try":
            self.try_block(text, number, room)
        elif way == "sort":
            text.open("")
            text.line(f"u32 items[6] = {{x, x ^ 5, x * 3, 1, x >> 3, 9}}; countdown = x % {d.choose((3, 30))};")
            text.line("qsort(items, 6, sizeof(u32), compare); mix(items[0]);")
            text.close()
        elif way == "fails":
            text.line(f"Fails fails{name}(x, {d.choose((2, 5, 17))});")
        elif way == "vector":
            text.line(f"std::vector<Guard> v{name} = guards(x % 4); x += (u32)v{name}.size();")
        elif way == "kept":
            again = "{ std::exception_ptr e = kept; kept = nullptr; std::rethrow_exception(e); }"
            text.line(f"if (kept && x % 3 == 0) {again}")
        else:
            text.line(f"std::unique_ptr<Guard> u{name}(new Guard(x)); x ^= u{name}->id;")

    def call(self, text, number):
        """Calls a later function, or any function while depth remains."""
        d = self.dice
        if number + 1 < self.count and d.chance(60):
            text.line(f"x += f{d.between(number + 1, self.count - 1)}(x & 1023, depth);")
        else:
            text.line(f"if (depth) x ^= f{d.below(self.count)}(x & 511, depth - 1);")

    def try_block(self, text, number, room):
        d = self.dice
        text.open("try")
        self.block(text, number, room - 1)
        chosen = d.shuffled(CATCHES)[: d.between(0, 3)]
        # A handler for a base class hides a later one for a derived class; the test wants both orders.
        handlers = [*chosen, ("...", "mix(77);")] if d.chance(60) or not chosen else chosen
        for what, uses in handlers:
            text.depth -= 1
            text.open(f"}} catch ({what})")
            text.line(uses)
            self.handler(text, number, room)
        text.close()

    def handler(self, text, number, room):
        d = self.dice
        way = d.below(6)
        if way == 0:
            text.line(f"if ({self.condition()}) throw;")
        elif way == 1:
            text.line(f"if ({self.condition()}) throw {self.thrown()};")
        elif way == 2:
            text.line("kept = std::current_exception();")
        elif way == 3 and room > 1:
            self.block(text, number, room - 2)
        elif way == 4:
            text.line(f"Guard late(x + {d.below(9)});")
            self.call(text, number)

    def main(self):
        d, text = self.dice, Text()
        text.open("int main(void)")
        text.open(f"for (u32 n = 0; n < {d.choose((5, 40, 300))}; n++)")
        text.open("for (u32 f = 0; f < 2; f++)")
        text.line("calls = 0;")
        text.open("try")
        text.line(f"mix(f ? f0(n, n % {d.between(1, 3)}) : f{d.below(self.count)}(n, 1));")
        for what, uses in CATCHES:
            text.depth -= 1
            text.open(f"}} catch ({what})")
            text.line(uses)
        text.close()
        text.close()
        text.line('if (n < 8 || n % 64 == 0) note("round");')
        text.line("if (n % 3 == 0) kept = nullptr;")
        text.close()
        text.line("kept = nullptr;")
        text.line("return finish(63);")
        text.close()
        return text


def generate(seed):
    program = Thrower(seed)
    text = program.write()
    return Program("exceptions", seed, "cpp", text, flags=build_flags(program.dice))
