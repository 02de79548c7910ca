"""Loop nests in C and C++ with every kind of value live at their headers.

This kind tests what on-stack replacement moves from one body to another: see
c_statements.py for the loops and c_types.py for the types. Functions call those
written before them; some call themselves. They take and return structs by
value, and take variable arguments. Half of the programs are C++: exceptions
leave their loops as well, through objects with destructors.
"""
from program import Program
from sources import c_types
from sources.c_shared import GUARD, HELPERS, Struct, build_flags
from sources.c_statements import Body
from sources.c_types import BY_VALUE_VECTORS, DOUBLE, U32, U64, VECTORS, X87, Text, mixing
from sources.c_values import MORE, USUAL, Variable
from sources.dice import Dice


class LoopProgram:
    """One program, written function after function."""

    KIND = "loops"
    STORAGE = "static"  # of globals that threads must not share
    OPENING = ""  # text before the functions

    def __init__(self, seed):
        self.dice = d = Dice(self.KIND, seed)
        self.cpp = d.chance(50)
        vectors = [d.choose(VECTORS) for _ in range(d.below(4))]
        self.types = list(USUAL) + [d.choose(MORE) for _ in range(d.between(1, 5))] + vectors
        self.lanes = [v.lane for v in vectors]
        # Only vectors whose calling convention is the same for all targets go by value; wider ones go through memory.
        self.passable = [t for t in self.types if t.kind != "vector" or t in BY_VALUE_VECTORS]
        self.structs = [Struct(d, f"S{i}", self.passable) for i in range(d.between(1, 3))]
        self.budget = d.choose((20_000, 200_000, 1_000_000))
        self.vectors = sorted(set(vectors), key=lambda v: v.name)
        self.functions = []  # their texts
        self.slots = []
        self.calls = []  # (cost, function that writes a call)

    def write(self):
        d = self.dice
        for i in range(d.between(1, 4)):
            if d.chance(20):
                self.variadic(f"f{i}")
            else:
                self.function(f"f{i}")
        self.main()
        parts = [c_types.head(d, self.vectors, self.STORAGE)]
        parts += [struct.definition() + "\n" for struct in self.structs]
        parts += [f"{self.STORAGE} void *{slot};\n" for slot in self.slots]
        parts += [HELPERS] + [GUARD] * self.cpp + [self.OPENING]
        return "".join(parts) + "".join(map(str, self.functions))

    def body(self, name, text, budget, returns=None):
        types = self.types
        return Body(name, self.dice, text, types, budget, self.calls, self.cpp, returns)

    def parameters(self):
        """[(name, type or Struct)]"""
        d = self.dice
        return [
            (f"x{i}", d.choose(self.structs if d.chance(20) else self.passable))
            for i in range(d.below(7) if d.chance(85) else d.between(8, 14))
        ]

    @staticmethod
    def spelled(type_):
        return f"struct {type_.name}" if isinstance(type_, Struct) else type_.name

    def function(self, name):
        d, text, parameters = self.dice, Text(), self.parameters()
        result = d.weighted([(60, d.choose(self.passable)), (25, d.choose(self.structs)), (15, None)])
        returned = self.spelled(result) if result else "void"
        recursive = d.chance(25)
        listed = ["u32 depth"] * recursive + [f"{self.spelled(t)} {n}" for n, t in parameters]
        attribute = d.choose(("", "__attribute__((noinline)) ", "inline "))
        text.open(f"{attribute}static {returned} {name}({', '.join(listed) or 'void'})")
        body = self.body(name, text, self.budget // d.between(2, 20), lambda values: self.returning(result, values))
        for n, t in parameters:
            body.values.variables += t.variables(n) if isinstance(t, Struct) else [Variable(n, t)]
        if recursive:
            body.values.variables.append(Variable("depth", U32, False))
        self.fill(body)
        if recursive:
            self.recurse(body, name, parameters, result)
        body.block(d.below(3))
        text.line(self.returning(result, body.values))
        self.end(body, text)
        factor = 31 if recursive else 1
        self.calls.append((body.cost * factor + 1, self.caller(name, parameters, result, recursive)))

    def fill(self, body):
        """Locals and a few statements, at least one of them a loop."""
        d = self.dice
        if self.cpp and d.chance(60):
            body.text.line(f"Guard guard({d.below(1000)});")
        body.declare_locals(d.between(2, 10), d.below(4))
        body.block(d.below(3))
        body.loop()
        body.block(d.below(4))

    def end(self, body, text):
        text.close()
        self.functions.append(text)
        self.slots += body.slots

    def recurse(self, body, name, parameters, result):
        caller = self.caller(name, parameters, result, True, "depth - 1")
        body.text.open("if (depth != 0 && depth < 9)")
        body.text.open("for (u32 again = 0; again < 2; again++)")
        for line in caller(body.values):
            body.text.line(line)
        body.assign()
        body.text.close()
        body.text.close()

    def returning(self, result, values):
        """A return statement, as one line."""
        if result is None:
            return "return;"
        if isinstance(result, Struct):
            return "{ " + " ".join(result.built("r_", values)) + " return r_; }"
        return f"return {values.of(result, 2)};"

    def caller(self, name, parameters, result, recursive, depth=None):
        """A function that writes a call, as lines."""

        def make(values):
            d = self.dice
            lines, arguments = ["{"], ([depth or str(d.below(4))] if recursive else [])
            for n, t in parameters:
                if isinstance(t, Struct):
                    lines += t.built(f"{n}_", values)
                    arguments.append(f"{n}_")
                else:
                    arguments.append(values.of(t, 1))
            lines += self.calling(f"{name}({', '.join(arguments)})", result, values)
            return self.caught(lines + ["}"])

        return make

    def calling(self, call, result, values):
        if result is None:
            return [f"{call};"]
        if isinstance(result, Struct):
            uses = [mixing(t, f"r_.{field}") for field, t in result.fields]
            return [f"struct {result.name} r_ = {call};", *uses]
        place = values.place(result)
        return [f"{place} = {call};" if place else mixing(result, call)]

    def caught(self, lines):
        if not self.cpp or self.dice.chance(50):
            return lines
        after = ["mix(e_);"] + (["if ((e_ & 3) == 0) throw;"] if self.dice.chance(30) else [])
        return ["try", *lines, "catch (u32 e_) {", *after, "}"]

    def variadic(self, name):
        """A function whose loop reads its variable arguments; the va_list is live at the header."""
        d, text = self.dice, Text()
        # u128 is excluded: clang 19 may pass one half in a register, while va_arg reads both from the stack.
        kinds = [t for t in (U32, U64, DOUBLE, X87) if d.chance(70)] or [U32]
        struct = d.choose(self.structs) if d.chance(40) else None
        text.open(f"__attribute__((noinline)) static u64 {name}(u32 count, ...)")
        body = self.body(name, text, self.budget // 40, lambda values: self.returning(U64, values))
        body.declare_locals(d.between(1, 5), d.below(2))
        text.line("va_list ap;")
        text.line("va_start(ap, count);")
        again = d.chance(30)
        if again:
            text.line("va_list again;")
            text.line("va_copy(again, ap);")
        body.trips = 4
        text.open("for (u32 at = 0; at < count; at++)")
        body.values.enter()
        for i, t in enumerate(kinds):
            text.line(f"{t.name} y{i} = va_arg(ap, {t.name});")
            body.values.variables.append(Variable(f"y{i}", t))
        if struct:
            text.line(f"struct {struct.name} ys = va_arg(ap, struct {struct.name});")
            body.values.variables += struct.variables("ys")
        body.block(d.between(2, 5))
        body.values.leave()
        text.close()
        body.trips = 1
        text.line("va_end(ap);")
        if again:
            text.line(f"if (count) {mixing(kinds[0], f'va_arg(again, {kinds[0].name})')}")
            text.line("va_end(again);")
        text.line(self.returning(U64, body.values))
        self.end(body, text)

        def make(values):
            count, lines, arguments = d.below(5), ["{"], []
            if struct:
                lines += struct.built("s_", values)
            for _ in range(count):
                arguments += [values.of(t, 1) for t in kinds] + ["s_"] * bool(struct)
            call = ", ".join([f"{name}({count}u", *arguments]) + ")"
            return self.caught([*lines, *self.calling(call, U64, values), "}"])

        self.calls.append((body.cost + 20, make))

    def main(self):
        """Calls each function once (so that OSR must happen in mid-loop) or often (so that it changes tier)."""
        d, text = self.dice, Text()
        text.open("int main(void)")
        text.line("setvbuf(stdout, 0, _IOFBF, 1 << 16);")
        body = self.body("main", text, self.budget // 4)
        body.throws = False
        own, body.calls = body.calls, []
        body.declare_locals(d.between(3, 8), d.between(1, 3))
        for cost, make in own:
            rounds = max(1, min(d.choose((1, 1, 4, 30, 300)), self.budget // cost))
            text.line("for (u32 round = 0; round < %d; round++)%s {" % (rounds, " try" if self.cpp else ""))
            body.values.enter()
            body.values.variables.append(Variable("round", U32, False))
            for line in make(body.values):
                text.line("  " + line)
            body.values.leave()
            text.line("} catch (u32 e) { mix(e); }" if self.cpp else "}")
            text.line('note("called");')
        body.loop()
        body.block(d.below(3))
        for variable in body.values.variables:
            text.line(mixing(variable.type, variable.text))
        text.line(f"return finish({d.choose((0, 7, 63))});")
        self.end(body, text)


def generate(seed):
    program = LoopProgram(seed)
    text = program.write()
    return Program("loops", seed, "cpp" if program.cpp else "c", text, flags=build_flags(program.dice))
