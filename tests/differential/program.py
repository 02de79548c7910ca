"""A generated program and how it becomes bitcode and a native reference.

As in the run tests, the reference is linked from the same bitcode, so a
difference can only come from how the module is run.
"""
import dataclasses
import subprocess

DRIVERS = {"c": "clang-19", "cpp": "clang++-19", "ll": "clang-19"}
STANDARDS = {"c": ["-std=gnu17"], "cpp": ["-std=c++20"], "ll": ["-Wno-override-module"]}
COMPILE_SECONDS = 120


class NoProgram(Exception):
    """The generator has no program for this seed; the message says why."""


class CompileError(Exception):
    """The compiler's messages about a program that should compile."""


@dataclasses.dataclass
class Program:
    """One generated program, named by its kind and seed."""

    kind: str
    seed: int
    language: str  # "c", "cpp" or "ll", also the file's extension
    text: str
    flags: list = dataclasses.field(default_factory=list)  # for compiling and for linking
    arguments: list = dataclasses.field(default_factory=list)

    @property
    def name(self):
        return f"{self.kind}-{self.seed}"


def call(command):
    """Runs a compiler; raises CompileError with its messages."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=COMPILE_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise CompileError(f"{command[0]} took more than {COMPILE_SECONDS} s") from error
    if done.returncode:
        raise CompileError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def to_bitcode(program, level, directory):
    """Compiles the program's source to <directory>/<name>.<level>.bc."""
    source = directory / f"{program.name}.{program.language}"
    if not source.exists():
        source.write_text(program.text)
    bitcode = directory / f"{program.name}.{level}.bc"
    call(
        [DRIVERS[program.language], *STANDARDS[program.language], "-w", *program.flags, f"-{level}", "-emit-llvm"]
        + ["-c", source, "-o", bitcode]
    )
    return bitcode


def link_native(program, level, module, native):
    """Links a module, bitcode or text, with clang at a level."""
    driver = "clang++-19" if program.language == "cpp" else "clang-19"
    call(
        [driver, "-w", *program.flags, f"-{level}", "-fuse-ld=lld", module, "-o", native, "-pthread", "-lm"]
    )
    return native


def without_optnone(module, text):
    """Writes the module as text that clang may optimise, that is without -O0's optnone."""
    call(["llvm-dis-19", module, "-o", text])
    lines = text.read_text(errors="surrogateescape").splitlines(keepends=True)
    for i, line in enumerate(lines):
        if line.startswith("attributes #") and " optnone " in line:
            lines[i] = line.replace(" optnone ", " ").replace(" noinline ", " ")
    text.write_text("".join(lines), errors="surrogateescape")
    return text
