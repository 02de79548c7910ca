"""The modes of a differential run.

They are the modes of the run tests (tests/run/run_case.py) and the ones below.
The latter draw their options from the program's seed, so that two thousand
programs try two thousand sets of thresholds. If the runner under test lacks an
option that a mode needs, the command leaves the mode out and says so.
"""
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "run"))
import run_case  # noqa: E402  (the path above is where it is)

from program import Program  # noqa: E402
from sources.dice import Dice  # noqa: E402

# Generated programs end after about 20 ms. In such a time --sync with the
# default thresholds behaves like only-O0, so it is left out. The background
# mode is kept because it is the default.
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
    """Frames leave loops when the clock finds them running. The clock ticks at its highest rate here."""
    chosen = [f"--osr-interval-us={dice.choose((50, 100, 300))}", f"--osr-ticks={dice.between(1, 3)}"]
    return chosen + seeded_tiers(dice)


def seeded_points(dice):
    """A seed decides when frames leave which loop and for which tier. The lowest tier is drawn as well."""
    chosen = ["--osr=force", f"--osr-seed={dice.between(1, 1 << 30)}"]
    chosen += ["--min-tier=" + dice.choose(("O1", "O2"))] if dice.chance(25) else []
    chosen += ["--tiers=" + dice.choose(("1,2,3", "1,5,40", "never"))] if dice.chance(50) else []
    return chosen + (["--sync"] if dice.chance(25) else [])


# Without a seed, a forced function always leaves at its first check. Three modes per program use seeds instead.
SEEDED = {"seeded-tiers": seeded_tiers, "seeded-clock": seeded_clock}
SEEDED.update((f"seeded-points-{i}", seeded_points) for i in (1, 2, 3))


class Modes:
    """The requested modes that the runner supports."""

    def __init__(self, runner, wanted):
        help_text = subprocess.run([*runner, "--help"], capture_output=True, text=True, check=True).stdout
        self.known = set(re.findall(r"--[a-z][-a-z]*", help_text))
        every = [*run_case.MODES, *SEEDED]
        unknown = [name for name in wanted or [] if name not in every]
        if unknown:
            raise ValueError(f"unknown mode {unknown[0]}; there are {', '.join(every)}")
        wanted = wanted or [*run_case.shortened([name for name in run_case.MODES if name not in DUPLICATES]), *SEEDED]
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
