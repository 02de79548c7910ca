"""Calls: through pointers, of every signature, and deep.

Families of functions share a signature: scalars of all widths, structs of
every size and ABI class, vectors of 128 bits, up to fourteen parameters. They
call one another by name, through constant tables, through tables that change
while the program runs, through pointers in structs and in arguments, and as
callbacks of qsort and bsearch. Direct and mutual recursion goes some hundreds
of frames deep, so that one function has frames of different tiers. The programs
also compare addresses of functions.
"""
from program import Program
from sources import c_types
from sources.c_shared import Struct, build_flags
from sources.c_types import BY_VALUE_VECTORS, U32, U64, Text, mixing
from sources.c_values import MORE, USUAL, Values, Variable
from sources.dice import Dice

SORTING = """\
static int up(const void *a, const void *b) {
  u32 x = *(const u32 *)a, y = *(const u32 *)b;
  return x < y ? -1 : x > y;
}
static int down(const void *a, const void *b) { return up(b, a); }
static int (*volatile orders[2])(const void *, const void *) = {up, down};
__attribute__((noinline)) static u32 sorted(u32 seed, u32 count) {
  u32 items[64];
  count = (count & 63) + 1;
  for (u32 i = 0; i < count; i++) items[i] = seed = seed * 1664525u + 1013904223u;
  qsort(items, count, sizeof(u32), orders[seed & 1]);
  u32 key = items[count / 2];
  u32 *found = (u32 *)bsearch(&key, items, count, sizeof(u32), orders[seed & 1]);
  for (u32 i = 0; i < count; i++) mix(items[i]);
  return found ? *found : 0;
}
"""


class Family:
    """Functions of one signature."""

    def __init__(self, dice, name, types, structs):
        self.name = name
        count = dice.below(6) if dice.chance(75) else dice.between(7, 14)
        self.parameters = [dice.choose(structs) if dice.chance(35) else dice.choose(types) for _ in range(count)]
        self.result = dice.choose(structs) if dice.chance(40) else dice.choose(types)
        self.members = [f"{name}_{i}" for i in range(dice.between(2, 5))]

    @staticmethod
    def spelled(type_):
        return f"struct {type_.name}" if isinstance(type_, Struct) else type_.name

    def listed(self, named):
        parts = ["u32 depth"] + [self.spelled(t) + (f" x{i}" if named else "") for i, t in enumerate(self.parameters)]
        return ", ".join(parts) if named else ", ".join(["u32"] + parts[1:])

    def pointer(self, name):
        return f"{self.spelled(self.result)} (*{name})({self.listed(False)})"

    def declarations(self):
        lines = [f"static {self.spelled(self.result)} {member}({self.listed(True)});" for member in self.members]
        names = ", ".join(self.members)
        size = len(self.members)
        lines.append(f"typedef {self.pointer(f'{self.name}_t')};")
        lines.append(f"static const {self.name}_t {self.name}_fixed[{size}] = {{{names}}};")
        lines.append(f"static {self.name}_t {self.name}_moving[{size}] = {{{names}}};")
        lines.append(f"static struct {{ u32 tag; {self.name}_t f; }} {self.name}_held = {{1, {self.members[0]}}};")
        return lines


class CallProgram:
    """A program of families that call one another."""

    def __init__(self, seed):
        self.dice = d = Dice("calls", seed)
        types = list(USUAL) + [d.choose(MORE) for _ in range(4)] + [d.choose(BY_VALUE_VECTORS)] * d.chance(50)
        self.types = types
        self.structs = [Struct(d, f"S{i}", types) for i in range(d.between(2, 4))]
        self.families = [Family(d, f"f{i}", types, self.structs) for i in range(d.between(2, 4))]

    def write(self):
        vectors = [t for t in self.types if t.kind == "vector"]
        parts = [c_types.head(self.dice, vectors)] + [s.definition() + "\n" for s in self.structs]
        for family in self.families:
            parts += [line + "\n" for line in family.declarations()]
        parts.append(SORTING)
        parts += [str(self.function(family, i)) for family in self.families for i in range(len(family.members))]
        return "".join(parts) + str(self.main())

    def scope(self, family):
        values = Values(self.dice, self.types)
        for i, t in enumerate(family.parameters if family else []):
            values.variables += t.variables(f"x{i}") if isinstance(t, Struct) else [Variable(f"x{i}", t)]
        values.variables.append(Variable("depth", U32, False))
        return values

    def function(self, family, number):
        d, text = self.dice, Text()
        attribute = d.choose(("", "__attribute__((noinline)) ", "inline "))
        text.open(f"{attribute}static {family.spelled(family.result)} {family.members[number]}({family.listed(True)})")
        values = self.scope(family)
        for i in range(d.between(1, 4)):
            t = d.choose(self.types)
            text.line(f"{t.name} v{i} = {values.of(t, 2)};")
            values.variables.append(Variable(f"v{i}", t))
        self.some(values, text)
        text.open("if (depth != 0)")
        twice = d.chance(35)
        for i in range(2 if twice else 1):
            self.call(values, text, "depth / 2" if twice else "depth - 1", i)
        text.close()
        if d.chance(20):
            text.line(f"if ((depth & 7) == 1) mix(sorted({values.of(U32, 1)}, depth));")
        self.some(values, text)
        self.leave(family, values, text)
        text.close()
        return text

    def some(self, values, text):
        """A few assignments, and one operation on addresses of functions."""
        d = self.dice
        for _ in range(d.between(1, 3)):
            t = d.choose(values.writable_types() or [U32])
            place = values.place(t)
            if place:
                text.line(f"{place} = {values.of(t, 2)};")
        variable = d.choose(values.variables)
        text.line(mixing(variable.type, variable.text))
        family = d.choose(self.families)
        size = len(family.members)
        i, j = values.index(8), d.below(size)
        way = d.below(4)
        if way == 0:
            text.line(f"mix({family.name}_fixed[{i} % {size}] == {family.members[j]});")
        elif way == 1:
            text.line(f"{family.name}_moving[{i} % {size}] = {family.name}_fixed[{j}];")
        elif way == 2:
            text.line(f"{family.name}_held.f = {family.name}_moving[{i} % {size}];")
        else:
            text.line(f"mix({family.name}_held.f == {family.name}_moving[{j}]);")

    def call(self, values, text, depth, number):
        d = self.dice
        family = d.choose(self.families)
        size = len(family.members)
        text.open("")
        arguments = [depth]
        for i, t in enumerate(family.parameters):
            if isinstance(t, Struct):
                for line in t.built(f"s{number}_{i}", values):
                    text.line(line)
                arguments.append(f"s{number}_{i}")
            else:
                arguments.append(values.of(t, 1))
        target = d.choose((
            d.choose(family.members),
            f"{family.name}_fixed[{values.index(8)} % {size}]",
            f"{family.name}_moving[{values.index(8)} % {size}]",
            f"{family.name}_held.f",
            f"({values.condition(1)} ? {d.choose(family.members)} : {d.choose(family.members)})",
        ))  # fmt: skip
        call = f"{target}({', '.join(arguments)})"
        if isinstance(family.result, Struct):
            text.line(f"struct {family.result.name} r{number} = {call};")
            for field, t in family.result.fields:
                text.line(mixing(t, f"r{number}.{field}"))
        else:
            place = values.place(family.result)
            text.line(f"{place} = {call};" if place else mixing(family.result, call))
        text.close()

    def leave(self, family, values, text):
        if isinstance(family.result, Struct):
            for line in family.result.built("result", values):
                text.line(line)
            text.line("return result;")
        else:
            text.line(f"return {values.of(family.result, 2)};")

    def main(self):
        d, text = self.dice, Text()
        depths = (3, 20, 120, 700)
        text.open("int main(void)")
        for number in range(d.between(2, 6)):
            deepest = d.choose(depths)
            rounds = max(1, min(d.choose((1, 5, 60, 500)), 20_000 // deepest))
            text.open(f"for (u32 round = 0; round < {rounds}; round++)")
            text.line(f"u32 depth = {deepest};")
            values = self.scope(None)
            values.variables.append(Variable("round", U32, False))
            self.call(values, text, "depth", number)
            text.close()
            text.line('note("called");')
        text.line(mixing(U64, "(u64)sorted(1, 40)"))
        text.line("return finish(63);")
        text.close()
        return text


def generate(seed):
    program = CallProgram(seed)
    text = program.write()
    return Program("calls", seed, "c", text, flags=build_flags(program.dice))
