"""The modes of a differential run.

They are those of the run tests (tests/run/run_case.py, the one place where
modes are listed) and the ones below, which differ from program to program:
their options are drawn from the program's seed, so that two thousand programs
try two thousand sets of thresholds. A mode that needs an option which the
runner under test does not have is left out, and the command says so.
"""
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "run"))
import run_case  # noqa: E402  (the path above is where it is)

from program import Program  # noqa: E402
from sources.dice import Dice  # noqa: E402

# The plain background mode is how people run programs, but in programs that
# end after 20 ms it does what only-O0 does, and --sync with the thresholds of
# people likewise.
DUPLICATES = ("sync",)


def seeded_tiers(dice):
    thresholds = sorted({dice.between(1, 1 << dice.between(1, 9)) for _ in range(3)})
    while len(thresholds) < 3:
        thresholds.append(thresholds[-1] + 1)
    chosen = ["--tiers=" + ",".join(map(str, thresholds))]
    chosen += ["--sync"] if dice.chance(30) else [f"--compile-threads={dice.between(1, 4)}"]
    chosen += [f"--profile={dice.choose(('off', 'full'))}"] if dice.chance(50) else []
    return chosen


def seeded_clock(dice):
    """Loops are left when a clock finds them running, here one that ticks as fast as it can."""
    chosen = [f"--osr-interval-us={dice.choose((50, 100, 300))}", f"--osr-ticks={dice.between(1, 3)}"]
    return chosen + seeded_tiers(dice)


def seeded_points(dice):
    """Which loop is left when, and for which tier, is drawn; so is from which tier on."""
    chosen = ["--osr=force", f"--osr-seed={dice.between(1, 1 << 30)}"]
    chosen += ["--min-tier=" + dice.choose(("O1", "O2"))] if dice.chance(25) else []
    chosen += ["--tiers=" + dice.choose(("1,2,3", "1,5,40", "never"))] if dice.chance(50) else []
    return chosen + (["--sync"] if dice.chance(25) else [])


# Forced without a seed, a function is left at its first check, for good. Hence three draws per program.
SEEDED = {"seeded-tiers": seeded_tiers, "seeded-clock": seeded_clock}
SEEDED.update((f"seeded-points-{i}", seeded_points) for i in (1, 2, 3))


class Modes:
    """The modes that are asked for and that a runner can do."""

    def __init__(self, runner, wanted):
        help_text = subprocess.run([*runner, "--help"], capture_output=True, text=True, check=True).stdout
        self.known = set(re.findall(r"--[a-z][-a-z]*", help_text))
        every = [*run_case.MODES, *SEEDED]
        unknown = [name for name in wanted or [] if name not in every]
        if unknown:
            raise ValueError(f"unknown mode {unknown[0]}; there are {', '.join(every)}")
        wanted = wanted or [name for name in every if name not in DUPLICATES]
        self.names = [name for name in wanted if self.can(name)]
        self.left_out = [name for name in wanted if not self.can(name)]

    def can(self, name):
        options = self.options(name, Program("any", 0, "c", ""), "any.bc")
        return all(option.split("=")[0] in self.known for option in options if option.startswith("--"))

    @staticmethod
    def options(name, program, bitcode):
        if name in SEEDED:
            return SEEDED[name](Dice(f"mode {name} {program.kind}", program.seed))
        return run_case.options_of(name, bitcode)
