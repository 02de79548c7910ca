"""Random LLVM IR instructions on values of every type, free of poison and undefined behaviour.

They use types that C cannot name: odd widths, vectors of i1 and of three
elements, first-class structs. All of these live across the back-edges of
cfg.py. Floating-point values stay within ±1024, as in c_values.py.
"""
import re

INTS = ("i1", "i7", "i8", "i16", "i24", "i32", "i37", "i64", "i65", "i128", "i256")
FLOATS = ("half", "float", "double", "x86_fp80")
FLOAT_BITS = {"half": 16, "float": 32, "double": 64, "x86_fp80": 80}
VECTORS = (
    "<16 x i1>", "<64 x i1>", "<3 x i32>", "<4 x i32>", "<7 x i16>", "<32 x i8>", "<64 x i8>", "<8 x i32>",
    "<16 x i32>", "<2 x i64>", "<8 x i64>", "<4 x i37>", "<2 x i128>", "<4 x float>", "<16 x float>", "<8 x double>",
    "<2 x double>", "<8 x half>",
)  # fmt: skip
AGGREGATES = ("{ i32, double }", "{ i1, i37, <4 x i32> }", "[3 x i16]", "{ { float, i64 }, i8 }")


def bits_of(type_):
    """Of an integer, float or vector type."""
    if type_.startswith("<"):
        count, lane = lanes_of(type_)
        return count * bits_of(lane)
    return FLOAT_BITS.get(type_) or int(type_[1:])


def lanes_of(type_):
    count, lane = re.fullmatch(r"<(\d+) x (.*)>", type_).groups()
    return int(count), lane


def members_of(type_):
    """The types within an aggregate, one level."""
    if type_.startswith("["):
        count, member = re.fullmatch(r"\[(\d+) x (.*)\]", type_).groups()
        return [member] * int(count)
    members, depth, current = [], 0, ""
    for letter in type_[1:-1] + ",":
        if letter == "," and depth == 0:
            members.append(current.strip())
            current = ""
            continue
        depth += {"{": 1, "<": 1, "[": 1, "}": -1, ">": -1, "]": -1}.get(letter, 0)
        current += letter
    return members


def kind_of(type_):
    if type_[0] in "{[":
        return "aggregate"
    if type_.startswith("<"):
        return "vector"
    return "float" if type_ in FLOAT_BITS else "int"


def power_below(bits):
    return 1 << (bits.bit_length() - 1)


class Emitter:
    """Instructions of a function, in order; each value gets a fresh name."""

    def __init__(self, dice, declarations):
        self.dice = dice
        self.lines = []
        self.names = 0
        self.declarations = declarations  # of intrinsics, shared by the functions of a module

    def emit(self, text):
        """Adds an instruction that has no result."""
        self.lines.append("  " + text)

    def let(self, text):
        """Adds an instruction; returns the name of its result."""
        self.names += 1
        self.lines.append(f"  %t{self.names} = {text}")
        return f"%t{self.names}"

    def intrinsic(self, result, name, arguments):
        """Adds a call of the intrinsic with [(type, value)]; returns the name of its result."""
        self.declarations.add(f"declare {result} @{name}({', '.join(t for t, _ in arguments)})")
        listed = ", ".join(f"{t} {value}" for t, value in arguments)
        return self.let(f"call {result} @{name}({listed})")

    # Constants and conversions.

    def constant(self, type_):
        d, kind = self.dice, kind_of(type_)
        if kind == "int":
            bits = bits_of(type_)
            if bits == 1:
                return d.choose(("true", "false"))
            value = d.choose((d.below(4), d.below(256), d.next(), d.next() << 70 | d.next()))
            return str(value % (1 << bits))
        if kind == "float":
            quarter = d.between(-2000, 2000)  # exact in all four types
            if type_ == "x86_fp80":
                return self.let(f"sitofp i32 {quarter} to x86_fp80")
            return f"{quarter / 4:.2f}"
        if kind == "vector":
            count, lane = lanes_of(type_)
            if lane == "half" or kind_of(lane) == "int" or lane in ("float", "double"):
                return "<" + ", ".join(f"{lane} {self.constant(lane)}" for _ in range(count)) + ">"
        value = "zeroinitializer"
        for i, member in enumerate(members_of(type_)):
            value = self.let(f"insertvalue {type_} {value}, {member} {self.constant(member)}, {i}")
        return value

    def resized(self, value, from_, to):
        """Converts an integer to another width."""
        a, b = bits_of(from_), bits_of(to)
        if a == b:
            return value
        how = "trunc" if a > b else self.dice.choose(("zext", "sext"))
        return self.let(f"{how} {from_} {value} to {to}")

    def to_i64(self, type_, value):
        """Folds all bits of a value."""
        kind = kind_of(type_)
        if kind == "aggregate":
            parts = []
            for i, member in enumerate(members_of(type_)):
                parts.append(self.to_i64(member, self.let(f"extractvalue {type_} {value}, {i}")))
            whole = parts[0]
            for part in parts[1:]:
                turned = self.intrinsic("i64", "llvm.fshl.i64", [("i64", whole), ("i64", whole), ("i64", "13")])
                whole = self.let(f"xor i64 {turned}, {part}")
            return whole
        bits = bits_of(type_)
        if kind != "int":
            value = self.let(f"bitcast {type_} {value} to i{bits}")
        if bits < 64:
            return self.let(f"zext i{bits} {value} to i64")
        whole = value if bits == 64 else self.let(f"trunc i{bits} {value} to i64")
        for at in range(64, bits, 64):
            shifted = self.let(f"lshr i{bits} {value}, {at}")
            part = self.let(f"trunc i{bits} {shifted} to i64")
            whole = self.let(f"xor i64 {whole}, {part}")
            whole = self.intrinsic("i64", "llvm.fshl.i64", [("i64", whole), ("i64", whole), ("i64", "9")])
        return whole

    # One step of computation: a new value of a type from two of that type and an i32.

    def step(self, type_, a, b, other):
        return getattr(self, "step_" + kind_of(type_))(type_, a, b, other)

    def step_int(self, type_, a, b, other):
        d, bits = self.dice, bits_of(type_)
        way = d.below(12)
        if way == 0 and bits > 1:
            by = self.let(f"and {type_} {b}, {power_below(bits) - 1}")
            return self.let(f"{d.choose(('shl', 'lshr', 'ashr'))} {type_} {a}, {by}")
        if way == 1 and bits <= 128:
            divisor = self.let(f"or {type_} {b}, 1")
            return self.let(f"{d.choose(('udiv', 'urem'))} {type_} {a}, {divisor}")
        if way == 2 and 8 <= bits <= 128:
            small = self.let(f"and {type_} {b}, 63")
            divisor = self.let(f"add {type_} {small}, 1")
            return self.let(f"{d.choose(('sdiv', 'srem'))} {type_} {a}, {divisor}")
        if way == 3:
            name = d.choose(("uadd.sat", "usub.sat", "sadd.sat", "umin", "smax"))
            return self.intrinsic(type_, f"llvm.{name}.{type_}", [(type_, a), (type_, b)])
        if way == 4 and bits > 1:
            name = d.choose(("llvm.fshl", "llvm.fshr"))
            return self.intrinsic(type_, f"{name}.{type_}", [(type_, a), (type_, b), (type_, a)])
        if way == 5:
            name = d.choose(("llvm.ctpop", "llvm.bitreverse"))
            return self.intrinsic(type_, f"{name}.{type_}", [(type_, a)])
        if way == 6 and bits <= 64:
            name = d.choose(("uadd", "usub", "umul", "smul"))
            both = self.intrinsic(f"{{ {type_}, i1 }}", f"llvm.{name}.with.overflow.{type_}", [(type_, a), (type_, b)])
            value = self.let(f"extractvalue {{ {type_}, i1 }} {both}, 0")
            flag = self.let(f"extractvalue {{ {type_}, i1 }} {both}, 1")
            return self.let(f"select i1 {flag}, {type_} {b}, {type_} {value}")
        if way == 7:
            relation = d.choose(("eq", "ult", "slt", "uge"))
            flag = self.let(f"icmp {relation} {type_} {a}, {b}")
            return self.let(f"select i1 {flag}, {type_} {b}, {type_} {self.resized(other, 'i32', type_)}")
        if way == 8:
            return self.let(f"xor {type_} {a}, {self.resized(other, 'i32', type_)}")
        operation = d.choose(("add", "sub", "mul", "and", "or", "xor"))
        return self.let(f"{operation} {type_} {a}, {b}")

    def half_sum(self, type_, a, b):
        """(a ± b) / 2, which stays within the bound."""
        total = self.let(f"{self.dice.choose(('fadd', 'fsub'))} {type_} {a}, {b}")
        return self.let(f"fmul {type_} {total}, {self.scale(type_, 0.5)}")

    def scale(self, type_, factor):
        if type_.startswith("<"):
            count, lane = lanes_of(type_)
            return "<" + ", ".join(f"{lane} {self.scale(lane, factor)}" for _ in range(count)) + ">"
        if type_ == "x86_fp80":
            return {0.5: "0xK3FFE8000000000000000", 2.0**-10: "0xK3FF58000000000000000"}[factor]
        return {0.5: "5.000000e-01", 2.0**-10: "0x3F50000000000000" if type_ != "half" else "0xH1400"}[factor]

    def step_float(self, type_, a, b, other):
        d = self.dice
        way = d.below(8)
        if way == 0:
            product = self.let(f"fmul {type_} {a}, {self.scale(type_, 2.0**-10)}")
            return self.let(f"fmul {type_} {product}, {b}")
        if way == 1:
            small = self.let(f"and i32 {other}, 1023")
            value = self.let(f"uitofp i32 {small} to {type_}")
            return self.half_sum(type_, a, value)
        if way == 2:
            flag = self.let(f"fcmp {d.choose(('olt', 'oge', 'une', 'ueq'))} {type_} {a}, {b}")
            return self.let(f"select i1 {flag}, {type_} {b}, {type_} {self.let(f'fneg {type_} {a}')}")
        if way == 3:
            other_type = d.choose([t for t in FLOATS if t != type_])
            how = ("fpext", "fptrunc") if FLOAT_BITS[other_type] > FLOAT_BITS[type_] else ("fptrunc", "fpext")
            there = self.let(f"{how[0]} {type_} {a} to {other_type}")
            return self.half_sum(type_, self.let(f"{how[1]} {other_type} {there} to {type_}"), b)
        if way == 4 and type_ in ("float", "double"):
            scaled = self.let(f"fmul {type_} {a}, {self.scale(type_, 2.0**-10)}")
            fused = self.intrinsic(type_, f"llvm.fma.f{FLOAT_BITS[type_]}", [(type_, scaled), (type_, b), (type_, b)])
            return self.let(f"fmul {type_} {fused}, {self.scale(type_, 0.5)}")
        if way == 5:
            integer = self.let(f"fptosi {type_} {a} to i37")
            return self.half_sum(type_, self.let(f"sitofp i37 {integer} to {type_}"), b)
        return self.half_sum(type_, a, b)

    def step_vector(self, type_, a, b, other):
        d = self.dice
        count, lane = lanes_of(type_)
        way = d.below(8)
        if way == 0:
            mask = ", ".join(f"i32 {d.below(2 * count)}" for _ in range(count))
            return self.let(f"shufflevector {type_} {a}, {type_} {b}, <{count} x i32> <{mask}>")
        if way == 1 or (way == 2 and lane == "i1"):
            at = self.let(f"urem i32 {other}, {count}")
            first = self.let(f"extractelement {type_} {a}, i32 {at}")
            return self.let(f"insertelement {type_} {b}, {lane} {first}, i32 {d.below(count)}")
        if way == 2:
            compare = "fcmp olt" if lane in FLOAT_BITS else f"icmp {d.choose(('ult', 'sge', 'eq'))}"
            flags = self.let(f"{compare} {type_} {a}, {b}")
            return self.let(f"select <{count} x i1> {flags}, {type_} {b}, {type_} {a}")
        if lane in FLOAT_BITS:
            return self.half_sum(type_, a, b)
        if way == 3 and bits_of(lane) > 1:
            mask = "<" + ", ".join([f"{lane} {power_below(bits_of(lane)) - 1}"] * count) + ">"
            by = self.let(f"and {type_} {b}, {mask}")
            return self.let(f"{d.choose(('shl', 'lshr', 'ashr'))} {type_} {a}, {by}")
        return self.let(f"{d.choose(('add', 'sub', 'mul', 'and', 'or', 'xor'))} {type_} {a}, {b}")

    def step_aggregate(self, type_, a, b, other):
        members = members_of(type_)
        i = self.dice.below(len(members))
        mine = self.let(f"extractvalue {type_} {a}, {i}")
        theirs = self.let(f"extractvalue {type_} {b}, {i}")
        new = self.step(members[i], mine, theirs, other)
        return self.let(f"insertvalue {type_} {b}, {members[i]} {new}, {i}")
