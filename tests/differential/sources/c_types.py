"""Types of generated C and C++ programs, and the opening text of each program.

All that a program computes goes into a running checksum, the trail. The program
prints it now and then: the first print that differs tells where two runs
diverge. Floating-point values stay within ±1024 (see c_values.py), so
conversions never overflow and NaNs, whose sign and payload are undefined, never
occur.
"""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Type:
    name: str
    kind: str  # "int", "float" or "vector"
    bits: int  # of the whole value
    lane: "Type" = None  # of a vector
    lanes: int = 1

    @property
    def shift_mask(self):
        """The mask for shift counts: the largest power of two that is at most the width, minus one."""
        return (1 << (self.bits.bit_length() - 1)) - 1


U1 = Type("u1", "int", 1)
U8 = Type("u8", "int", 8)
U16 = Type("u16", "int", 16)
U32 = Type("u32", "int", 32)
U64 = Type("u64", "int", 64)
U37 = Type("u37", "int", 37)
U128 = Type("u128", "int", 128)
U200 = Type("u200", "int", 200)
HALF = Type("half", "float", 16)
FLOAT = Type("float", "float", 32)
DOUBLE = Type("double", "float", 64)
X87 = Type("x87", "float", 80)
INTS = (U1, U8, U16, U32, U64, U37, U128, U200)
FLOATS = (HALF, FLOAT, DOUBLE, X87)


def vector(lane, lanes):
    return Type(f"{lane.name}x{lanes}", "vector", lane.bits * lanes, lane, lanes)


VECTORS = tuple(
    vector(lane, bits // lane.bits) for bits in (128, 256, 512) for lane in (U8, U16, U32, U64, FLOAT, DOUBLE)
)
# Memory of these may hold any bits: no padding, no NaN.
ANY_BITS = (U8, U16, U32, U64, U128) + tuple(v for v in VECTORS if v.lane.kind == "int")
# Types whose calling convention by value is the same for all target features.
BY_VALUE_VECTORS = tuple(v for v in VECTORS if v.bits == 128)

HEAD = """\
#include <alloca.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t i32;
typedef int64_t i64;
typedef unsigned _BitInt(1) u1;
typedef unsigned _BitInt(37) u37;
typedef unsigned _BitInt(200) u200;
typedef unsigned __int128 u128;
typedef _Float16 half;
typedef long double x87;
static volatile u32 zero;
"""

TRAIL = """\
%(storage)s u64 trail = 0xcbf29ce484222325u;
%(attribute)s static void mix(u64 v) {
  trail = (trail ^ v) * 0x100000001b3u;
  trail ^= trail >> 29;
}
%(attribute)s static void mix_bytes(const void *p, u64 n) {
  for (u64 i = 0; i < n; i++) mix(((const u8 *)p)[i]);
}
%(note)sstatic int finish(u32 mask) {
  printf("end %%016llx\\n", (unsigned long long)trail);
  return (int)(trail & mask);
}
"""

NOTE = """\
static u32 notes;
static void note(const char *where) {
  if (notes++ < 500) printf("%s %016llx\\n", where, (unsigned long long)trail);
}
"""
# Threads mix their notes into the trail: the order of prints would depend on timing.
QUIET_NOTE = """\
static void note(const char *where) { mix(where[0]); }
"""


def head(dice, vectors=(), storage="static"):
    """The opening of a program: types and the trail, which may be thread-local."""
    lines = [HEAD]
    for v in vectors:
        lines.append(f"typedef {v.lane.name} {v.name} __attribute__((vector_size({v.bits // 8})));\n")
    note = QUIET_NOTE if "__thread" in storage else NOTE
    attribute = dice.choose(("", "inline", "__attribute__((noinline))", "__attribute__((always_inline)) inline"))
    lines.append(TRAIL % {"attribute": attribute, "storage": storage, "note": note})
    return "".join(lines)


def mixing(type_, value):
    """A statement that puts a value into the trail, without taking the address of a variable."""
    if type_.kind == "int" and type_.bits <= 64:
        return f"mix((u64)({value}));"
    if type_.kind == "int":
        parts = " ".join(f"mix((u64)(t_ >> {at}));" for at in range(0, type_.bits, 64))
        return f"{{ {type_.name} t_ = {value}; {parts} }}"
    size = 10 if type_ == X87 else type_.bits // 8
    return f"{{ {type_.name} t_ = {value}; mix_bytes(&t_, {size}); }}"


class Text:
    """Lines with indentation."""

    def __init__(self):
        self.lines = []
        self.depth = 0

    def line(self, text):
        self.lines.append("  " * self.depth + text)

    def open(self, text):
        self.line(text + " {")
        self.depth += 1

    def close(self, after=""):
        self.depth -= 1
        self.line("}" + after)

    def __str__(self):
        return "\n".join(self.lines) + "\n"
