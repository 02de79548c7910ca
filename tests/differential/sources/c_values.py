"""Random expressions over the variables in scope, free of undefined behaviour.

Integers are unsigned. Narrow ones are computed in 32 bits, since C would promote
them to int, which can overflow. Shift counts are masked and divisors are odd.
Values become signed only where arithmetic cannot overflow. Floating-point
expressions map values within ±1024 to values within ±1024.
"""
import dataclasses

from sources.c_types import DOUBLE, FLOAT, HALF, INTS, U8, U16, U32, U64, X87, Type


@dataclasses.dataclass
class Variable:
    """An expression with a value: a name, or text such as s.field."""

    text: str
    type: Type
    writable: bool = True


@dataclasses.dataclass
class Array:
    """An array whose length is a power of two, by the name of its first element."""

    text: str
    type: Type
    size: int
    slot: str = ""  # a global that holds its address, if it is captured


class Values:
    """Expressions of a type, from the variables in scope."""

    def __init__(self, dice, types):
        self.dice = dice
        self.types = types
        self.variables = []
        self.arrays = []
        self.mark = []

    def enter(self):
        self.mark.append((len(self.variables), len(self.arrays)))

    def leave(self):
        variables, arrays = self.mark.pop()
        del self.variables[variables:]
        del self.arrays[arrays:]

    def of(self, type_, depth=2):
        """An expression of the type, in parentheses or atomic."""
        if depth == 0 or self.dice.chance(15):
            return self.leaf(type_)
        return {"int": self.integer, "float": self.floating, "vector": self.vectorial}[type_.kind](type_, depth - 1)

    def condition(self, depth=1):
        d = self.dice
        type_ = d.choose([t for t in self.types if t.kind != "vector"])
        if type_.kind == "int" and d.chance(50):
            return f"(({self.of(type_, depth)} & {d.between(1, 7)}) {d.choose(('==', '!='))} {d.below(3)})"
        return f"({self.of(type_, depth)} {d.choose(('<', '>', '==', '!=', '<=', '>='))} {self.of(type_, depth)})"

    def index(self, size):
        return f"((u32){self.of(self.an_int(), 1)} & {size - 1})"

    def an_int(self):
        return self.dice.choose([t for t in self.types if t.kind == "int"] or [U32])

    def place(self, type_):
        """An assignable variable of the type, or None."""
        places = [v.text for v in self.variables if v.type == type_ and v.writable]
        arrays = [a for a in self.arrays if a.type == type_]
        if arrays and (not places or self.dice.chance(35)):
            array = self.dice.choose(arrays)
            return f"{array.text}[{self.index(array.size)}]"
        return self.dice.choose(places) if places else None

    def writable_types(self):
        types = {v.type.name: v.type for v in self.variables if v.writable}
        types.update((a.type.name, a.type) for a in self.arrays)
        return list(types.values())

    # Below: one step of an expression per kind of type.

    def leaf(self, type_):
        d = self.dice
        own = [v for v in self.variables if v.type == type_]
        if own and d.chance(70):
            return d.choose(own).text
        arrays = [a for a in self.arrays if a.type == type_]
        if arrays and d.chance(50):
            array = d.choose(arrays)
            return f"{array.text}[{d.below(array.size)}]"
        others = [v for v in self.variables if v.type.kind != "vector" and v.type != type_]
        if type_.kind == "vector":
            return f"(({type_.name}){{}} + {self.leaf(type_.lane)})"
        if others and d.chance(60):
            return self.converted(d.choose(others), type_)
        return self.literal(type_)

    def literal(self, type_):
        d = self.dice
        if type_.kind == "vector":
            return f"(({type_.name}){{}} + {self.literal(type_.lane)})"
        if type_.kind == "float":
            return f"({type_.name}){d.between(-512, 512)}.{d.choose(('0', '25', '5', '125'))}"
        value = d.choose((d.below(4), d.below(256), d.next() >> d.below(64)))
        return f"({type_.name}){value:#x}u" + ("ll" if value >> 32 else "")

    @staticmethod
    def converted(variable, type_):
        """A variable's value as another scalar type."""
        if variable.type.kind == "int" and type_.kind == "float":
            return f"({type_.name})((i32)((u32){variable.text} & 1023) - 512)"
        if variable.type.kind == "float" and type_.kind == "int":
            return f"({type_.name})(u32)(i32){variable.text}"
        return f"({type_.name}){variable.text}"

    def integer(self, type_, depth):
        d = self.dice
        # C would promote types narrower than int to int.
        wide = "(u32)" if type_ in (U8, U16) else ""
        a = self.of(type_, depth)
        way = d.weighted(
            [(40, "arithmetic"), (12, "shift"), (8, "divide"), (8, "choose"), (6, "compare"), (6, "signed")]
            + [(5, "rotate"), (10, "element"), (6, "lane"), (4, "count")]
        )
        if way == "shift" and type_.bits > 1:
            return f"({type_.name})({wide}{a} {d.choose(('<<', '>>'))} ((u32){self.leaf(U32)} & {type_.shift_mask}))"
        if way == "divide" and type_.bits <= 128:
            return f"({type_.name})({wide}{a} {d.choose('/%')} ({wide}{self.of(type_, depth)} | ({type_.name})1))"
        if way == "choose":
            return f"({self.condition(0)} ? {a} : {self.of(type_, depth)})"
        if way == "compare":
            return f"({type_.name}){self.condition(1)}"
        if way == "signed" and type_ in (U32, U64):
            signed = type_.name.replace("u", "i")
            return f"({type_.name})(({signed}){a} >> ((u32){self.leaf(U32)} & {type_.shift_mask}))"
        if way == "rotate" and type_ in (U32, U64):
            by = d.between(1, type_.bits - 1)
            return f"(({a} << {by}) | ({a} >> {type_.bits - by}))"
        if way == "element":
            arrays = [array for array in self.arrays if array.type == type_]
            if arrays:
                array = d.choose(arrays)
                return f"{array.text}[{self.index(array.size)}]"
        if way == "lane":
            vectors = [v for v in self.variables if v.type.kind == "vector" and v.type.lane == type_]
            if vectors:
                v = d.choose(vectors)
                return f"{v.text}[{self.index(v.type.lanes)}]"
        if way == "count":
            return f"({type_.name})__builtin_popcountll((u64){a})"
        return f"({type_.name})({wide}{a} {d.choose('+-*^&|')} {wide}{self.of(type_, depth)})"

    def floating(self, type_, depth):
        d = self.dice
        a, b = self.of(type_, depth), self.of(type_, depth)
        cast = f"({type_.name})"
        way = d.below(8)
        if way == 0:
            return f"{cast}({a} * {b} * {cast}0x1p-10)"
        if way == 1:
            return f"{cast}(({a} * {b} + {self.leaf(type_)}) * {cast}0x1p-11)"
        if way == 2 and type_ in (FLOAT, DOUBLE, X87):
            suffix = {FLOAT: "f", DOUBLE: "", X87: "l"}[type_]
            return f"({a} / (__builtin_fabs{suffix}({b}) + 1))"
        if way == 3 and type_ in (FLOAT, DOUBLE, X87):
            suffix = {FLOAT: "f", DOUBLE: "", X87: "l"}[type_]
            return f"__builtin_sqrt{suffix}(__builtin_fabs{suffix}({a}))"
        if way == 4:
            return f"({self.condition(0)} ? {a} : {b})"
        if way == 5:
            return f"(-{a})"
        return f"{cast}(({a} {d.choose('+-')} {b}) * {cast}0.5)"

    def vectorial(self, type_, depth):
        d = self.dice
        a, b = self.of(type_, depth), self.of(type_, depth)
        if d.chance(15):
            lanes = ", ".join(str(d.below(2 * type_.lanes)) for _ in range(type_.lanes))
            return f"__builtin_shufflevector({a}, {b}, {lanes})"
        if type_.lane.kind == "float":
            scale = f"({type_.lane.name})0x1p-10"
            half = f"(({a} {d.choose('+-')} {b}) * ({type_.lane.name})0.5)"
            return f"({a} * {b} * {scale})" if d.chance(25) else half
        if d.chance(15):
            mask = f"({type_.name})({a} {d.choose(('<', '>', '=='))} {b})"
            return f"(({mask} & {a}) ^ {b})"
        if d.chance(15):
            return f"({a} {d.choose(('<<', '>>'))} ({b} & {type_.lane.bits - 1}))"
        return f"({a} {d.choose('+-*^&|')} {b})"


# Types that every program uses, and types of which each program draws some.
USUAL = (U32, U64)
MORE = tuple(t for t in INTS if t not in USUAL) + (HALF, FLOAT, DOUBLE, X87)
