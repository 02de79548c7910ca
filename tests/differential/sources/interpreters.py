"""Interpreters of random bytecode that dispatch by computed goto.

The label addresses are in static tables, in tables filled at run time, in
tables of label differences, or in the bytecode itself (direct threading).
Instructions compute random expressions on registers, which are local variables
that live across the dispatch. Jumps go back while fuel remains, and calls enter
the interpreter again.
"""
from program import Program
from sources import c_types
from sources.c_shared import build_flags
from sources.c_statements import Body
from sources.c_types import U32, Text
from sources.c_values import MORE, USUAL, Array, Variable
from sources.dice import Dice

CELL = "struct cell { u32 op, a, b, c; };\n"
NO_TYPES = ("u200", "u1")  # LLVM would expand them in each of dozens of instructions


class Interpreter:
    """One interpreter function and its bytecode."""

    def __init__(self, dice, name):
        self.dice, self.name = dice, name
        self.types = list(USUAL) + [dice.choose([t for t in MORE if t.name not in NO_TYPES]) for _ in range(2)]
        self.count = dice.between(5, 24)
        self.way = dice.choose(("table", "differences", "threaded", "filled"))
        self.length = dice.between(6, 40)
        self.fuel = dice.choose((40, 600, 5_000, 60_000))

    def code(self):
        d = self.dice
        ops = [0, 1, 2, 2] + list(range(3, self.count))
        cells = []
        for at in range(self.length):
            op = d.choose(ops) if at + 1 < self.length else 0
            a = d.below(self.length) if op == 2 else d.below(16)  # a jump's target
            cells.append(f"{{{op}, {a}, {d.below(16)}, {d.next() & 0xffffffff}u}}")
        return f"static struct cell code_{self.name}[] = {{{', '.join(cells)}}};"

    def write(self):
        d, text, name = self.dice, Text(), self.name
        text.line(self.code())
        labels = [f"&&op{i}" for i in range(self.count)]
        text.open(f"__attribute__((noinline)) static u64 {name}(u32 x, u32 depth)")
        if self.way == "differences":
            listed = ", ".join(f"{label} - &&op0" for label in labels)
            text.line(f"static const int labels[] = {{{listed}}};")
        elif self.way == "filled":
            text.line(f"void *labels[{self.count}];")
            for i, label in enumerate(labels):
                text.line(f"labels[{i}] = {label};")
        else:
            text.line(f"static const void *const labels[] = {{{', '.join(labels)}}};")
        if self.way == "threaded":
            text.line(f"const void *threaded[{self.length}];")
            text.line(f"for (u32 i = 0; i < {self.length}; i++) threaded[i] = labels[code_{name}[i].op];")
        text.line(f"u32 pc = 0, fuel = {self.fuel} >> (3 * depth);")
        text.line(f"const struct cell *at = code_{name};")
        body = Body(name, d, text, self.types, 10**9)
        body.values.variables += [Variable("x", U32), Variable("at->c", U32, False), Variable("at->b", U32, False)]
        body.declare_locals(d.between(3, 8), 0)
        text.line("u32 r[16];")
        text.line("for (u32 i = 0; i < 16; i++) r[i] = x * i + 1;")
        body.values.arrays.append(Array("r", U32, 16))
        go = {
            "table": "goto *labels[at->op];",
            "filled": "goto *labels[at->op];",
            "differences": "goto *(void *)((char *)&&op0 + labels[at->op]);",
            "threaded": "goto *threaded[pc];",
        }[self.way]
        text.line(f"#define NEXT(to) do {{ pc = (to); at = &code_{name}[pc]; {go} }} while (0)")
        text.line("NEXT(0);")
        self.instructions(body, text)
        text.line("#undef NEXT")
        text.close()
        return text

    def instructions(self, body, text):
        d, v = self.dice, body.values
        for op in range(self.count):
            text.line(f"op{op}:")
            text.open("")
            if op == 0:
                text.line("u64 all = fuel;")
                for variable in v.variables[3:]:
                    text.line(c_types.mixing(variable.type, variable.text))
                text.line("for (u32 i = 0; i < 16; i++) all = all * 31 + r[i];")
                text.line("return all;")
            elif op == 1:
                text.line("if (fuel != 0 && depth < 3 && (at->c & 7) == 0) {")
                text.line(f"  fuel /= 2; r[at->b & 15] ^= (u32){self.name}(r[at->a & 15], depth + 1);")
                text.line("}")
                text.line("mix(r[at->b & 15]);")
            elif op == 2:
                # Half of the jumps depend on data.
                text.line(f"if (fuel-- != 0 && ((at->c & 1) || ({v.of(U32, 1)} & 3))) NEXT(at->a);")
                text.line("if ((int)fuel < 0) fuel = 0;")
            else:
                for _ in range(d.between(1, 2)):
                    d.choose((body.assign, body.assign, body.swap))()
                if d.chance(30):
                    text.line(f"if ({v.condition(1)}) r[at->a & 15] = {v.of(U32, 2)};")
            if op:
                text.line("NEXT(pc + 1);")
            text.close()


def generate(seed):
    d = Dice("interpreters", seed)
    machines = [Interpreter(d, f"run{i}") for i in range(d.between(1, 3))]
    functions = [str(machine.write()) for machine in machines]
    text = Text()
    text.open("int main(void)")
    for machine in machines:
        rounds = max(1, min(d.choose((1, 3, 30, 300)), 200_000 // machine.fuel))
        text.open(f"for (u32 round = 0; round < {rounds}; round++)")
        text.line(f"u64 result = {machine.name}(round * {d.between(1, 99)}, 0);")
        text.line("mix(result);")
        text.line(f'if (round < 4) note("{machine.name}");')
        text.close()
    text.line(f"return finish({d.choose((0, 7))});")
    text.close()
    return Program("interpreters", seed, "c", c_types.head(d) + CELL + "".join(functions) + str(text), build_flags(d))
