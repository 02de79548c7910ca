"""What C and C++ programs of several kinds share: helpers in their text, and structs of their own."""
from sources.c_values import Variable

# Flags that real programs are built with; each is chosen now and then.
FLAGS = (
    ["-g"],
    ["-fstack-protector-all"],
    ["-fno-strict-aliasing"],
    ["-ftrivial-auto-var-init=pattern"],
    ["-fsanitize=undefined", "-fsanitize-trap=undefined"],
    ["-fno-plt"],
    ["-fno-omit-frame-pointer"],
)
HELPERS = """\
__attribute__((noinline)) static void change(void *p, u64 n, u8 by) {
  for (u64 i = 0; i < n; i++) ((u8 *)p)[i] ^= (u8)(by + i);
}
"""
GUARD = """\
struct Guard {
  u32 id;
  explicit Guard(u32 i) : id(i) {}
  ~Guard() { mix(id); }
};
"""


def build_flags(dice):
    """Some flags for compiling.

    They always disable contraction. LLVM folds llvm.fmuladd of constants as one operation, but executes it as two on
    processors without FMA, so native builds at two levels could differ.
    """
    return ["-Wno-psabi", "-ffp-contract=off"] + [flag for flags in FLAGS if dice.chance(10) for flag in flags]


class Struct:
    """A struct type, of any size and class of argument passing."""

    def __init__(self, dice, name, types):
        self.name = name
        self.fields = [(f"m{i}", dice.choose(types)) for i in range(dice.between(1, 7))]

    def definition(self):
        fields = " ".join(f"{type_.name} {field};" for field, type_ in self.fields)
        return f"struct {self.name} {{ {fields} }};"

    def variables(self, of):
        return [Variable(f"{of}.{field}", type_) for field, type_ in self.fields]

    def built(self, name, values):
        """Statements that declare and fill one."""
        lines = [f"struct {self.name} {name};"]
        return lines + [f"{name}.{field} = {values.of(type_, 1)};" for field, type_ in self.fields]
