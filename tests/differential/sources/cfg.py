"""Functions in LLVM IR with random control flow.

Blocks jump to random targets, so loops are nested, overlap and have several
entries, in shapes that C programs lack. Each target of a back-edge decrements
the function's fuel and leaves the function when the fuel is used up, so every
program ends. Variables are allocas of every type. In half of the programs the
generator promotes them to phis; the others keep the allocas.
"""
import subprocess

from program import CompileError, Program
from sources.dice import Dice
from sources.ll_values import AGGREGATES, FLOATS, INTS, VECTORS, Emitter, kind_of

HEAD = """\
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-pc-linux-gnu"
@trail = internal global i64 -3750763034362895579
@slot = internal global ptr null
@format = private constant [12 x i8] c"%s %016llx\\0A\\00"
declare i32 @printf(ptr, ...)

define internal void @mix(i64 %v) {
  %old = load i64, ptr @trail
  %in = xor i64 %old, %v
  %out = mul i64 %in, 1099511628211
  %far = lshr i64 %out, 29
  %new = xor i64 %out, %far
  store i64 %new, ptr @trail
  ret void
}

define internal void @change(ptr %p, i32 %by) noinline {
  %old = load i32, ptr %p
  %new = xor i32 %old, %by
  store i32 %new, ptr %p
  ret void
}
"""
BYVAL = "[6 x i64]"


class Function:
    """One function: its signature, and the text of its blocks."""

    def __init__(self, name, dice, declarations, types, callees):
        self.name, self.dice, self.types, self.callees = name, dice, types, callees
        self.e = Emitter(dice, declarations)
        self.result = dice.choose(types)
        self.parameters = [dice.choose(types) for _ in range(dice.below(6))]
        self.byval = dice.chance(25)
        self.sret = dice.chance(25)
        if self.sret:
            self.result = "i64"  # through memory
        self.fuel = dice.choose((3, 20, 100, 800))
        self.cost = self.fuel
        self.variables = []  # (name, type)
        self.arrays = []  # (name, element type); 16 elements each
        self.pointers = []  # (name of a variable that holds one, element type)

    def write(self):
        d = self.dice
        count = d.between(4, 16)
        self.edges = [self.successors(i, count) for i in range(count)]
        headers = {j for i, targets in enumerate(self.edges) for j in targets if j <= i}
        self.entry()
        for i in range(count):
            self.e.lines.append(f"b{i}:")
            if i in headers:
                self.burn(i)
            for _ in range(d.between(1, 5)):
                self.operation()
            self.terminator(i)
        self.e.lines.append("exit:")
        for name, type_ in self.variables:
            self.e.emit(f"call void @mix(i64 {self.e.to_i64(type_, self.load(name, type_))})")
        if self.sret:
            self.e.emit(f"store i64 {self.e.to_i64(*self.any_value())}, ptr %sret")
            self.e.emit("ret void")
        else:
            self.e.emit(f"ret {self.result} {self.value(self.result)}")
        attribute = d.choose(("", " noinline"))
        returned = "void" if self.sret else self.result
        return f"define internal {returned} @{self.name}({self.listed()}){attribute} {{\n" + self.text() + "}\n"

    def text(self):
        return "".join(line + "\n" for line in self.e.lines)

    def listed(self):
        special = [f"ptr sret({BYVAL}) %sret"] * self.sret + [f"ptr byval({BYVAL}) align 16 %byval"] * self.byval
        return ", ".join(special + [f"{type_} %x{i}" for i, type_ in enumerate(self.parameters)])

    def successors(self, i, count):
        """The block's terminator: most blocks jump forward, some anywhere."""
        d = self.dice
        ways = d.weighted([(25, 1), (55, 2), (20, d.between(3, 5))])
        targets = [min(i + 1, count)] if d.chance(80) else [d.below(count + 1)]
        targets += [d.below(count) for _ in range(ways - 1)]
        return [t for t in d.shuffled(targets)]

    def label(self, target):
        return f"%b{target}" if target < len(self.edges) else "%exit"

    def entry(self):
        d, e = self.dice, self.e
        e.lines.append("entry:")
        e.emit("%fuel = alloca i32")
        e.emit(f"store i32 {self.fuel}, ptr %fuel")
        used = [d.choose(self.types) for _ in range(d.between(2, 7))] + self.parameters + [self.result, "i32", "i32"]
        self.variables = [(f"%v{i}", type_) for i, type_ in enumerate(used)]
        elements = [t for t in self.types if kind_of(t) != "aggregate"]
        self.arrays = [(f"%a{i}", d.choose(elements)) for i in range(d.below(3))]
        self.pointers = [(f"%p{i}", i) for i in range(len(self.arrays)) if d.chance(70)]
        for name, type_ in self.variables:
            e.emit(f"{name} = alloca {type_}")
        for name, type_ in self.arrays:
            e.emit(f"{name} = alloca [16 x {type_}], align 64")
        for name, _ in self.pointers:
            e.emit(f"{name} = alloca ptr")
        given = len(self.variables) - len(self.parameters) - 3
        for i, (name, type_) in enumerate(self.variables):
            own = given <= i < given + len(self.parameters)
            e.emit(f"store {type_} {f'%x{i - given}' if own else e.constant(type_)}, ptr {name}")
        for name, type_ in self.arrays:
            for at in range(16):
                place = e.let(f"getelementptr [16 x {type_}], ptr {name}, i32 0, i32 {at}")
                e.emit(f"store {type_} {e.constant(type_) if at % 4 == 0 else self.value(type_)}, ptr {place}")
        for name, i in self.pointers:
            e.emit(f"store ptr {self.arrays[i][0]}, ptr {name}")
        if self.byval:
            self.arrays.append(("%byval", "i64"))
        e.emit("br label %b0")

    def burn(self, i):
        e = self.e
        left = e.let("load i32, ptr %fuel")
        less = e.let(f"sub i32 {left}, 1")
        e.emit(f"store i32 {less}, ptr %fuel")
        out = e.let(f"icmp eq i32 {left}, 0")
        e.emit(f"br i1 {out}, label %exit, label %b{i}.on")
        e.lines.append(f"b{i}.on:")

    def terminator(self, i):
        e, targets = self.e, [self.label(t) for t in self.edges[i]]
        if len(targets) == 1:
            e.emit(f"br label {targets[0]}")
        elif len(targets) == 2:
            type_ = self.dice.choose([t for t in self.types if kind_of(t) in ("int", "float")] + ["i32"])
            compare = "fcmp olt" if kind_of(type_) == "float" else f"icmp {self.dice.choose(('ult', 'sgt', 'ne'))}"
            flag = e.let(f"{compare} {type_} {self.value(type_)}, {self.value(type_)}")
            e.emit(f"br i1 {flag}, label {targets[0]}, label {targets[1]}")
        else:
            number = e.let(f"urem i32 {self.value('i32')}, {len(targets) + 1}")
            cases = " ".join(f"i32 {n}, label {target}" for n, target in enumerate(targets[1:]))
            e.emit(f"switch i32 {number}, label {targets[0]} [ {cases} ]")

    # Values and operations within a block.

    def load(self, name, type_):
        return self.e.let(f"load {type_}, ptr {name}")

    def any_value(self):
        name, type_ = self.dice.choose(self.variables)
        return type_, self.load(name, type_)

    def value(self, type_):
        """A value of the type: a variable's, an array's, or a constant."""
        own = [name for name, t in self.variables if t == type_]
        if own and self.dice.chance(80):
            return self.load(self.dice.choose(own), type_)
        return self.e.constant(type_)

    def element(self, array):
        name, type_ = array
        size = 16 if name != "%byval" else 4
        at = self.e.let(f"and i32 {self.value('i32')}, {size - 1}")
        return self.e.let(f"getelementptr {type_}, ptr {name}, i32 {at}")

    def operation(self):
        d, e = self.dice, self.e
        way = d.weighted(
            [(60, "step"), (10, "mix"), (8, "swap"), (10, "array"), (10, "pointer"), (4, "atomic"), (3, "stack")]
            + [(3, "escape"), (6, "call"), (4, "convert")]
        )
        if way == "swap":
            return self.swap()
        if way == "array" and self.arrays:
            return self.use_array()
        if way == "pointer" and self.pointers:
            return self.use_pointer()
        if way == "call" and self.callees:
            return self.call()
        if way == "stack":
            return self.use_stack()
        if way in ("atomic", "escape") and any(t == "i32" for _, t in self.arrays):
            return self.use_word(way)
        if way == "mix":
            return e.emit(f"call void @mix(i64 {e.to_i64(*self.any_value())})")
        if way == "convert":
            type_, value = self.any_value()
            low = e.let(f"trunc i64 {e.to_i64(type_, value)} to i32")
            return e.emit(f"store i32 {low}, ptr {d.choose([n for n, t in self.variables if t == 'i32'])}")
        name, type_ = d.choose(self.variables)
        new = e.step(type_, self.value(type_), self.value(type_), self.value("i32"))
        return e.emit(f"store {type_} {new}, ptr {name}")

    def swap(self):
        a, type_ = self.dice.choose(self.variables)
        same = [name for name, t in self.variables if t == type_]
        b, c = self.dice.choose(same), self.dice.choose(same)
        first, second, third = (self.load(name, type_) for name in (a, b, c))
        for name, value in ((a, second), (b, third), (c, first)):
            self.e.emit(f"store {type_} {value}, ptr {name}")

    def use_array(self):
        e, array = self.e, self.dice.choose(self.arrays)
        place = self.element(array)
        volatile = self.dice.choose(("", "", "", "volatile "))
        old = e.let(f"load {volatile}{array[1]}, ptr {place}, align 1")
        new = e.step(array[1], old, self.value(array[1]), self.value("i32"))
        there = place if self.dice.chance(50) else self.element(array)
        e.emit(f"store {volatile}{array[1]} {new}, ptr {there}, align 1")
        for name in [name for name, t in self.variables if t == array[1]][:1]:
            e.emit(f"store {array[1]} {old}, ptr {name}")

    def use_pointer(self):
        """Pointers that live across rounds: the code loads, selects, advances and stores through them."""
        e, d = self.e, self.dice
        name, i = d.choose(self.pointers)
        array = self.arrays[i]
        old, new = self.load(name, "ptr"), self.element(array)
        flag = e.let(f"icmp slt i32 {self.value('i32')}, {self.value('i32')}")
        chosen = e.let(f"select i1 {flag}, ptr {old}, ptr {new}")
        e.emit(f"store ptr {chosen}, ptr {name}")
        through = old if d.chance(60) else chosen
        value = e.let(f"load {array[1]}, ptr {through}, align 1")
        changed = e.step(array[1], value, self.value(array[1]), self.value("i32"))
        e.emit(f"store {array[1]} {changed}, ptr {through}, align 1")

    def use_word(self, way):
        e = self.e
        array = self.dice.choose([a for a in self.arrays if a[1] == "i32"])
        place = self.element(array)
        if way == "atomic":
            e.let(f"atomicrmw {self.dice.choose(('add', 'xor', 'umax'))} ptr {place}, i32 {self.value('i32')} seq_cst")
            return
        e.emit(f"store ptr {array[0]}, ptr @slot")
        again = e.let("load ptr, ptr @slot")
        e.emit(f"call void @change(ptr {again}, i32 {self.value('i32')})")

    def use_stack(self):
        """Stack memory allocated and released within a block."""
        e = self.e
        saved = e.intrinsic("ptr", "llvm.stacksave.p0", [])
        size = e.let(f"and i32 {self.value('i32')}, 15")
        count = e.let(f"add i32 {size}, 1")
        room = e.let(f"alloca i64, i32 {count}, align 32")
        last = e.let(f"getelementptr i64, ptr {room}, i32 {size}")
        e.emit(f"store volatile i64 {e.to_i64(*self.any_value())}, ptr {last}")
        e.emit(f"call void @mix(i64 {e.let(f'load volatile i64, ptr {last}')})")
        e.declarations.add("declare void @llvm.stackrestore.p0(ptr)")
        e.emit(f"call void @llvm.stackrestore.p0(ptr {saved})")

    def call(self):
        callee = self.dice.choose(self.callees)
        if self.cost + self.fuel * callee.cost > 60_000:
            return
        self.cost += self.fuel * callee.cost
        result = write_call(self.e, callee, self.value)
        for name in [name for name, t in self.variables if t == callee.result][:1]:
            self.e.emit(f"store {callee.result} {result}, ptr {name}")


def write_call(e, callee, value):
    """A call with arguments from value(type); the result's name."""
    arguments = []
    for wanted, how in ((callee.sret, f"ptr sret({BYVAL})"), (callee.byval, f"ptr byval({BYVAL}) align 16")):
        if wanted:
            arguments.append(f"{how} @{'returned' if 'sret' in how else 'passed'}")
    arguments += [f"{type_} {value(type_)}" for type_ in callee.parameters]
    if callee.sret:
        e.emit(f"call void @{callee.name}({', '.join(arguments)})")
        return e.let("load i64, ptr @returned")
    return e.let(f"call {callee.result} @{callee.name}({', '.join(arguments)})")


def write_main(dice, declarations, functions):
    e = Emitter(dice, declarations)
    e.lines.append("entry:")
    before = "entry"
    for i, function in enumerate(functions):
        rounds = max(1, min(dice.choose((1, 1, 5, 40, 400)), 300_000 // function.cost))
        e.emit(f"br label %m{i}")
        e.lines.append(f"m{i}:")
        e.emit(f"%r{i} = phi i32 [ 0, %{before} ], [ %n{i}, %m{i} ]")
        seen = e.let(f"add i32 %r{i}, {dice.below(100)}")
        result = write_call(e, function, lambda t, seen=seen: seen if t == "i32" else e.constant(t))
        e.emit(f"call void @mix(i64 {e.to_i64(function.result, result)})")
        e.emit(f"%n{i} = add i32 %r{i}, 1")
        e.emit(f"%d{i} = icmp eq i32 %n{i}, {rounds}")
        before = f"m{i}.done"
        e.emit(f"br i1 %d{i}, label %{before}, label %m{i}")
        e.lines.append(f"{before}:")
        now = e.let("load i64, ptr @trail")
        e.let(f"call i32 (ptr, ...) @printf(ptr @format, ptr @name.{function.name}, i64 {now})")
    last = e.let("load i64, ptr @returned")
    e.emit(f"call void @mix(i64 {last})")
    now = e.let("load i64, ptr @trail")
    e.let(f"call i32 (ptr, ...) @printf(ptr @format, ptr @name.end, i64 {now})")
    e.emit("ret i32 0")
    return "define i32 @main() {\n" + "".join(line + "\n" for line in e.lines) + "}\n"


def promoted(text):
    """The module with its variables in registers."""
    done = subprocess.run(
        ["opt-19", "-S", "-passes=mem2reg", "-"], input=text, capture_output=True, text=True, timeout=60
    )
    if done.returncode:
        raise CompileError(f"opt-19: {done.stderr.strip()}")
    return done.stdout


def generate(seed):
    d = Dice("cfg", seed)
    types = [d.choose(INTS) for _ in range(d.between(1, 3))] + [d.choose(VECTORS) for _ in range(d.below(3))]
    types += [d.choose(FLOATS) for _ in range(d.below(3))] + [d.choose(AGGREGATES)] * d.chance(30) + ["i32"]
    declarations, functions, texts = set(), [], []
    for i in range(d.between(1, 4)):
        function = Function(f"g{i}", d, declarations, types, list(functions))
        texts.append(function.write())
        functions.append(function)
    texts.append(write_main(d, declarations, functions))
    data = [f"@returned = internal global {BYVAL} zeroinitializer, align 16\n"]
    data.append(f"@passed = internal global {BYVAL} [i64 1, i64 -2, i64 3, i64 -4, i64 5, i64 6], align 16\n")
    for name in [function.name for function in functions] + ["end"]:
        data.append(f'@name.{name} = private constant [{len(name) + 1} x i8] c"{name}\\00"\n')
    text = HEAD + "".join(data) + "\n".join(sorted(declarations)) + "\n\n" + "\n".join(texts)
    return Program("cfg", seed, "ll", promoted(text) if d.chance(50) else text)
