"""setjmp, and longjmp from anywhere: out of loops, recursion and callbacks of the C library.

The workers are C functions with loops as in loops.py. Now and then they jump to
the innermost function that called setjmp. Those functions call workers again
and again. They keep what changes in volatile variables, as the C standard
requires.
"""
from program import Program
from sources.c_shared import build_flags
from sources.c_types import Text, U32
from sources.c_values import Variable
from sources.loops import LoopProgram

TARGETS = """\
static jmp_buf *innermost;
static u32 jumps;
__attribute__((noinline)) static void jump(u32 value) {
  jumps++;
  longjmp(*innermost, (int)(value & 0xff) + 1);
}
static u32 compared;
static int compare(const void *a, const void *b) {
  u32 x = *(const u32 *)a, y = *(const u32 *)b;
  if (++compared % 97 == 0) jump(x);
  return x < y ? -1 : x > y;
}
"""


class JumpProgram(LoopProgram):
    """Programs whose loops longjmp leaves."""

    KIND = "jumps"
    OPENING = TARGETS

    def __init__(self, seed):
        super().__init__(seed)
        self.cpp = False
        self.budget //= 2
        self.calls.append((2, self.jumper))

    def jumper(self, values):
        value = values.of(U32, 1)
        if self.dice.chance(20):
            array = next((a for a in values.arrays if a.type == U32), None)
            if array:
                return [f"qsort({array.text}, {array.size}, sizeof(u32), compare);"]
        return [f"if (({value} & 31) == {self.dice.below(32)}) jump({values.of(U32, 1)});"]

    def catcher(self, name, makes):
        """A function that calls setjmp and, in a loop, workers or other such functions."""
        d, text = self.dice, Text()
        text.open(f"__attribute__((noinline)) static u32 {name}(u32 x)")
        text.line("jmp_buf here;")
        text.line("jmp_buf *volatile outer = innermost;")
        text.line("volatile u32 tries = 0, seen = x;")
        text.line("int thrown = setjmp(here);")
        text.line("innermost = &here;")
        text.line("if (thrown) { mix((u64)thrown + tries); seen += (u32)thrown; }")
        text.open(f"while (tries < {d.choose((2, 5, 40))})")
        text.line("tries = tries + 1;")
        body = self.body(name, text, self.budget)
        body.values.variables = [Variable("x", U32, False), Variable("tries", U32, False), Variable("seen", U32)]
        for make in makes:
            text.line(f"if (({body.values.of(U32, 1)} & 3) != {d.below(4)}) {{")
            for line in make(body.values):
                text.line("  " + line)
            text.line("}")
        text.line("mix(seen);")
        text.close()
        text.line("innermost = outer;")
        text.line("return seen ^ x;")
        text.close()
        self.functions.append(text)
        return lambda values: [f"mix({name}({values.of(U32, 1)}));", "innermost = &here;"]

    def main(self):
        d, text = self.dice, Text()
        workers = [make for cost, make in self.calls if cost < self.budget // 100 + 50 and make != self.jumper]
        inner = [self.catcher(f"catch{i}", d.shuffled(workers + [self.jumper])) for i in range(d.between(1, 2))]
        self.catcher("outermost", d.shuffled(inner + [self.jumper]))
        text.open("int main(void)")
        text.open(f"for (u32 i = 0; i < {d.choose((1, 4, 20))}; i++)")
        text.line("mix(outermost(i));")
        text.line('note("round");')
        text.close()
        text.line('printf("%u jumps\\n", jumps);')
        text.line("return finish(7);")
        text.close()
        self.functions.append(text)


def generate(seed):
    program = JumpProgram(seed)
    text = program.write()
    return Program("jumps", seed, "c", text, flags=build_flags(program.dice))
