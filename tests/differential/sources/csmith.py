"""Programs by csmith, small ones, with its options varied.

csmith's defaults make programs of a thousand lines that take long to compile
and mostly look alike. Drawing the options from the seed (swarm testing) gives
smaller and more varied programs, because a disabled feature leaves room for
others. The programs print a checksum after each global (argument 1), so that a
difference tells which variable is affected.

The options exclude --builtins, which counts the leading zeros of zero, and
--float, which converts values out of range. Both are undefined behaviour, and
native builds then differ from one another.

csmith may draw a program that never ends; the caller's time limit for the
native run filters those out.
"""
import subprocess
import tempfile

from program import NoProgram, Program
from sources.dice import Dice

GENERATE_SECONDS = 60
SWITCHES = (
    "arrays bitfields comma-operators compound-assignment consts divs embedded-assigns pre-incr-operator "
    "pre-decr-operator post-incr-operator post-decr-operator unary-plus-operator jumps longlong int8 uint8 math64 "
    "inline-function muls packed-struct pointers structs unions volatiles volatile-pointers const-pointers "
    "global-variables"
).split()


def options(seed):
    dice = Dice("csmith", seed)
    chosen = [f"--seed {seed}", "--concise"]
    for name, low, high in (
        ("max-funcs", 2, 8),
        ("max-block-depth", 2, 4),
        ("max-block-size", 2, 5),
        ("max-expr-complexity", 3, 8),
        ("max-array-dim", 1, 3),
        ("max-array-len-per-dim", 2, 10),
        ("max-pointer-depth", 1, 3),
        ("max-struct-fields", 2, 8),
        ("max-union-fields", 2, 5),
    ):
        chosen.append(f"--{name} {dice.between(low, high)}")
    chosen += [f"--no-{switch}" for switch in SWITCHES if dice.chance(12)]
    return " ".join(chosen).split()


def generate(seed):
    command = ["csmith", *options(seed)]
    try:
        # csmith leaves a file in its working directory.
        with tempfile.TemporaryDirectory() as scratch:
            done = subprocess.run(
                command, cwd=scratch, capture_output=True, text=True, check=True, timeout=GENERATE_SECONDS
            )
    except (OSError, subprocess.SubprocessError) as error:
        raise NoProgram(f"csmith: {error}") from error
    flags = ["-I/usr/include/csmith"]
    return Program("csmith", seed, "c", done.stdout, flags=flags, arguments=["1"])
