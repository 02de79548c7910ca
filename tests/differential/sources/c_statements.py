"""Random statements of C and C++, most of all loops.

A Body writes the statements of one function. It counts how often they run
(`cost`) and draws trip counts within a budget, so every program ends soon.
Statements inside a loop may read its counter but not write it. The statements
create what on-stack replacement must carry over: scalars and vectors that live
across the back-edge, swapped ones, pointers into arrays on the stack, captured
or not, VLAs and alloca, nests left from their middle, loops with two entries.
"""
from sources.c_types import ANY_BITS, U8, U32, U64, mixing
from sources.c_values import Array, Values, Variable

MAX_DEPTH = 4


class Body:
    """Statements of one function, written to a Text."""

    def __init__(self, function, dice, text, types, budget, calls=(), throws=False, returns=None):
        self.function = function
        self.slots = []  # globals that hold addresses of captured arrays
        self.dice = dice
        self.text = text
        self.types = types
        self.values = Values(dice, types)
        self.budget = budget
        self.calls = list(calls)  # (cost, function of a Values that gives a statement)
        self.throws = throws
        self.returns = returns  # function of a Values that gives a return statement
        self.unknown = ""  # text that adds 0, which compilers cannot know
        self.cost = 1
        self.trips = 1  # how often the statement at the current place runs
        self.loops = []  # labels just after each enclosing loop
        self.names = 0
        self.in_c_loop = []  # whether break and continue refer to a loop here
        self.allocas = 12  # the limit on calls of alloca per activation

    def name(self, prefix):
        self.names += 1
        name = f"{prefix}{self.names}"
        return name if name not in ("i8", "i16", "i32", "i64") else self.name(prefix)  # those are types

    def declare_locals(self, scalars, arrays):
        d, v = self.dice, self.values
        self.text.line("const u32 none = zero;")
        self.unknown = " + none"
        for _ in range(scalars):
            type_ = d.choose(self.types)
            name = self.name("v")
            qualifier = "volatile " if type_.kind != "vector" and d.chance(5) else ""
            self.text.line(f"{qualifier}{type_.name} {name} = {v.of(type_, 2)};")
            v.variables.append(Variable(name, type_))
        for _ in range(arrays):
            self.declare_array(1 << d.between(1, 5))

    def declare_array(self, size, how=None):
        d = self.dice
        type_ = d.choose(self.types)
        name, i = self.name("a"), self.name("i")
        how = how or d.weighted([(60, "plain"), (20, "captured"), (10, "struct"), (10, "union")])
        text, t = self.text, type_.name
        if how == "struct":
            other = d.choose(self.types)
            text.line(f"struct {{ {other.name} head; {t} items[{size}]; u32 tail; }} {name};")
            text.line(f"{name}.head = {self.values.of(other, 1)}; {name}.tail = {self.values.of(U32, 1)};")
            self.values.variables.append(Variable(f"{name}.head", other))
            self.values.variables.append(Variable(f"{name}.tail", U32))
            name += ".items"
        elif how == "union":
            text.line(f"union {{ {t} items[{size}]; u64 words[{size}]; u8 bytes[{8 * size}]; }} {name};")
            text.line(f"memset(&{name}, {d.below(256)}, sizeof {name});")
            # Any bits are a valid value of these types; in a float they could be a NaN.
            self.values.arrays.append(Array(f"{name}.words", U64, size))
            self.values.arrays.append(Array(f"{name}.bytes", U8, 8 * size))
            return
        elif how == "vla":
            text.line(f"u32 {name}n = {size} + ({self.values.of(U32, 1)} & 7);")
            text.line(f"{t} {name}[{name}n];")
        elif how == "alloca":
            text.line(f"{t} *{name} = ({t} *)__builtin_alloca_with_align({size} * sizeof({t}), 512);")
        else:
            text.line(f"{t} {name}[{size}];")
        # A loop of its own fills the array, as the first loop of a real function often does.
        self.values.enter()
        self.values.variables.append(Variable(i, U32, False))
        text.line(f"for (u32 {i} = 0; {i} < {size}; {i}++) {name}[{i}] = {self.values.of(type_, 2)};")
        self.values.leave()
        self.cost += self.trips * size
        slot = ""
        if how == "captured" and type_ in ANY_BITS:
            slot = f"slot_{self.function}_{name}"
            self.slots.append(slot)
            text.line(f"{slot} = {name};")
        self.values.arrays.append(Array(name, type_, size, slot))

    def block(self, count):
        self.values.enter()
        for _ in range(count):
            self.statement()
        self.values.leave()

    def statement(self):
        self.cost += self.trips
        deep = len(self.loops) >= MAX_DEPTH or self.cost > self.budget
        way = self.dice.weighted(
            [(34, self.assign), (8, self.swap), (8, self.some_paths), (8, self.branch), (5, self.print_trail)]
            + [(6, self.point), (4, self.walk), (4, self.leave_loop), (4, self.use_escaped), (4, self.copy_struct)]
            + [(0 if deep else 16, self.loop), (0 if deep else 4, self.local_array), (6, self.call)]
            + [(2, self.early_return), (2 if self.throws else 0, self.throw), (4, self.switch)]
        )
        way()

    def assign(self):
        v = self.values
        type_ = self.dice.choose(v.writable_types())
        place = v.place(type_)
        self.text.line(f"{place} = {v.of(type_, 3)};")

    def swap(self):
        """Phis that exchange their values, two or three of them."""
        v = self.values
        for type_ in self.dice.shuffled(v.writable_types()):
            own = [x.text for x in v.variables if x.type == type_ and x.writable]
            if len(own) >= 2:
                own = self.dice.shuffled(own)[:3]
                t = self.name("t")
                moves = " ".join(f"{a} = {b};" for a, b in zip(own, own[1:]))
                self.text.line(f"{{ {type_.name} {t} = {own[0]}; {moves} {own[-1]} = {t}; }}")
                return
        self.assign()

    def some_paths(self):
        """A variable that gets a value only on the paths that use it later."""
        v, type_ = self.values, self.dice.choose(self.types)
        name, flag = self.name("p"), self.name("c")
        self.text.line(f"{type_.name} {name}; u32 {flag} = {v.condition(1)};")
        self.text.line(f"if ({flag}) {name} = {v.of(type_, 2)};")
        self.block(self.dice.between(0, 2))
        self.text.line(f"if ({flag}) {mixing(type_, name)}")

    def branch(self):
        self.text.open(f"if ({self.values.condition(2)})")
        self.block(self.dice.between(1, 3))
        if self.dice.chance(50):
            self.text.depth -= 1
            self.text.open("} else")
            self.block(self.dice.between(1, 2))
        self.text.close()

    def switch(self):
        d = self.dice
        self.text.open(f"switch ((u32){self.values.of(d.choose((U32, U64)), 2)} & 7)")
        inside, self.in_c_loop = self.in_c_loop, []  # break would leave the switch
        for case in d.shuffled(range(8))[: d.between(2, 6)]:
            self.text.open(f"case {case}:")
            self.block(d.between(1, 2))
            self.text.close(" break;" if d.chance(70) else " /* on */")
        if d.chance(70):
            self.text.line("default: mix(" + str(d.below(1000)) + ");")
        else:
            self.text.line("default:;")
        self.in_c_loop = inside
        self.text.close()

    def print_trail(self):
        if self.trips <= 30:
            self.text.line(f'note("{self.name("at ")}");')
        else:
            variables = [x for x in self.values.variables if x.type.kind != "vector"]
            self.text.line(mixing(U32, "1u") if not variables else self.mix_of(self.dice.choose(variables)))

    @staticmethod
    def mix_of(variable):
        return mixing(variable.type, variable.text)

    def point(self):
        """A pointer into an array, derived ones, and stores through them."""
        arrays = self.values.arrays
        if not arrays:
            return self.assign()
        a, d = self.dice.choose(arrays), self.dice
        p, q, t = self.name("p"), self.name("q"), a.type.name
        self.text.line(f"{t} *{p} = &{a.text}[{self.values.index(a.size)}];")
        self.text.line(f"{t} *{q} = {a.text} + (((u32)({p} - {a.text}) + {d.below(a.size)}) & {a.size - 1});")
        if self.cost <= self.budget and len(self.loops) < MAX_DEPTH and d.chance(60):
            n = self.name("n")
            self.loop_around(f"for (u32 {n} = 0; {n} < {{trips}}; {n}++)", Variable(n, U32, False), [
                f"*{p} = {self.values.of(a.type, 2)};",
                f"{p} = {a.text} + (((u32)({p} - {a.text}) + {d.between(1, 3)}) & {a.size - 1});",
                f"if (({n} & 3) == {d.below(4)}) {{ {t} *s = {p}; {p} = {q}; {q} = s; }}",
            ])  # fmt: skip
        else:
            self.text.line(f"*{p} = {self.values.of(a.type, 2)};")
        self.text.line(mixing(a.type, f"*{q}"))
        return None

    def walk(self):
        """A loop whose only counter is a pointer."""
        arrays = [a for a in self.values.arrays if a.size * self.trips + self.cost <= self.budget]
        if not arrays:
            return self.assign()
        a = self.dice.choose(arrays)
        p, s = self.name("w"), self.name("s")
        self.text.line(f"{a.type.name} {s} = {self.values.leaf(a.type)};")
        value = self.values.of(a.type, 1)
        step = f"{s} = *{p}; *{p} = {value};" if self.dice.chance(50) else f"*{p} = {s}; {s} = {value};"
        self.text.line(f"for ({a.type.name} *{p} = {a.text}; {p} != {a.text} + {a.size}; {p}++) {{ {step} }}")
        self.text.line(mixing(a.type, s))
        self.cost += self.trips * a.size
        return None

    def leave_loop(self):
        d = self.dice
        if not self.loops:
            return self.assign()
        condition = f"(({self.values.of(U32, 1)} & 15) == {d.below(16)})"
        ways = [f"goto {d.choose(self.loops)};"] + (["break;", "continue;"] * 2 if self.in_c_loop else [])
        self.text.line(f"if {condition} {d.choose(ways)}")
        return None

    def use_escaped(self):
        """Changes an array through its address in a global, if the global still holds that address."""
        arrays = [a for a in self.values.arrays if a.slot]
        if not arrays:
            return self.assign()
        a = self.dice.choose(arrays)
        value = f"(u8){self.values.of(U32, 1)}"
        self.text.line(f"if ({a.slot} == (void *){a.text}) change({a.slot}, sizeof {a.text}[0] * {a.size}, {value});")
        return None

    def copy_struct(self):
        arrays = [a for a in self.values.arrays if a.type.kind == "int"]
        if not arrays:
            return self.assign()
        a, b = self.dice.choose(arrays), self.name("b")
        self.text.line(f"struct {{ {a.type.name} x[{a.size}]; }} {b};")
        self.text.line(f"memcpy(&{b}, {a.text}, sizeof {b});")
        self.values.arrays.append(Array(f"{b}.x", a.type, a.size))
        return None

    def local_array(self):
        """An array whose size is computed in each round of a loop and whose lifetime is that round."""
        how = "alloca" if self.trips <= self.allocas else "vla"
        if how == "alloca":
            self.allocas -= self.trips
        self.declare_array(1 << self.dice.between(1, 3), self.dice.choose((how, "vla", "plain", "captured")))

    def call(self):
        calls = [make for cost, make in self.calls if cost * self.trips + self.cost <= self.budget]
        if not calls:
            return self.assign()
        make = self.dice.choose(calls)
        self.cost += self.trips * next(cost for cost, other in self.calls if other is make)
        for line in make(self.values):
            self.text.line(line)
        return None

    def early_return(self):
        if not self.returns:
            return self.assign()
        condition = f"(({self.values.of(U32, 1)} & 63) == {self.dice.below(64)})"
        self.text.line(f"if {condition} {self.returns(self.values)}")
        return None

    def throw(self):
        condition = f"(({self.values.of(U32, 1)} & 127) == {self.dice.below(128)})"
        self.text.line(f"if {condition} throw (u32)({self.values.of(U32, 1)});")

    # Loops.

    def loop(self):
        d, n, out = self.dice, self.name("n"), self.name("out")
        counter = Variable(n, U32, False)
        way = d.weighted([(40, "for"), (15, "while"), (15, "do"), (15, "goto"), (10, "two entries"), (5, "endless")])
        if way == "for":
            step = d.choose((f"{n}++", f"{n} += 1 + ({self.values.of(U32, 1)} & 1)", f"{n} += {d.between(1, 3)}"))
            down = d.chance(25)
            head = f"for (u32 {n} = {{trips}}; {n}-- != 0;)" if down else f"for (u32 {n} = 0; {n} < {{trips}}; {step})"
            self.loop_around(head, counter, (), out)
            return
        self.text.open("")
        self.text.line(f"u32 {n} = 0;")
        if way == "while":
            self.loop_around(f"while ({n}++ < {{trips}} && {self.mostly()})", counter, (), out)
        elif way == "do":
            self.loop_around("do", counter, (), out, f" while (++{n} < {{trips}} && {self.mostly()});")
        elif way == "endless":
            self.loop_around("for (;;)", counter, (f"if ({n}++ >= {{trips}}) break;",), out)
        else:
            top, middle = self.name("top"), self.name("middle")
            if way == "two entries":
                self.text.line(f"if ({self.values.condition(1)}) goto {middle};")
            self.text.line(f"{top}:;")
            self.loop_around("", counter, (), out, f"\n{middle}:;\n", c_loop=False, second=way == "two entries",
                             again=f"if (++{n} < {{trips}}) goto {top};")  # fmt: skip
        self.text.close()

    def mostly(self):
        """A condition that holds in most rounds."""
        return f"({self.values.of(U32, 1)} & 31) != {self.dice.below(32)}"

    def loop_around(self, head, counter, first, out=None, tail="", c_loop=True, second=False, again=""):
        """Draws a trip count, which replaces {trips} in the texts, and writes the loop."""
        d = self.dice
        most = max(1, (self.budget - self.cost) // max(1, 6 * self.trips))
        # LLVM would fully unroll a loop whose trip count it knows.
        unknown = self.unknown if d.chance(60) else ""
        trips = min(d.choose((3, 5, 8, 17, 40, 150, 1000)), most, 4000)
        fill = lambda text: text.replace("{trips}", f"({trips}{unknown})" if unknown else str(trips))  # noqa: E731
        outer, self.trips = self.trips, self.trips * trips
        self.cost += self.trips
        self.loops += [out] if out else []
        inside, self.in_c_loop = self.in_c_loop, self.in_c_loop + [1] if c_loop else []
        self.values.enter()
        self.values.variables.append(counter)
        self.text.open(fill(head))
        for line in first:
            self.text.line(fill(line))
        self.block(d.between(1, 4))
        self.text.close(fill(tail) if not second and c_loop else "")
        if second or not c_loop:
            self.second_half(fill(tail) if second else "", fill(again))
        self.values.leave()
        self.in_c_loop = inside
        self.trips = outer
        if out:
            self.loops.remove(out)
            self.text.line(f"{out}:;")

    def second_half(self, entry, again):
        """The part of a goto loop after its second entry. Variables of the first part are out of scope there."""
        if entry:
            self.text.line(entry.strip())
        self.text.open("")
        self.block(self.dice.between(1, 3))
        self.text.close()
        self.text.line(again)
