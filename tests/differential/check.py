"""Runs one program natively and under ajit-run in each mode, and compares.

The verdict on a program is one of

  same        every run agrees with the native run
  different   some run differs
  ambiguous   some run differs, but native builds of the same bitcode at
              several levels differ as well, or the sanitizers object to the
              source: undefined behaviour, or a bug in clang
  skipped     the generator has no program, or its native run takes too long
  invalid     clang refuses the program

The checks that tell "different" from "ambiguous" run only when a run differs.
"""
import argparse
import json
import pathlib
import shlex
import shutil
import time

import program as programs
from modes import run_case

AGAIN = 3  # a run that differs is repeated, to tell deterministic failures from races
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g", "-O1"]


class Settings:
    """The settings that all programs of a session share."""

    def __init__(self, runner, modes, levels, native_seconds, mode_seconds, keep):
        self.runner = runner
        self.modes = modes
        self.levels = levels
        self.native_seconds = native_seconds
        self.mode_seconds = mode_seconds
        self.keep = keep


def limits(seconds):
    """The default options of run_case's functions, without input files."""
    return argparse.Namespace(input=[], env=[], stdin=None, stderr=False, timeout=seconds)


def run_fresh(command, seconds, directory):
    shutil.rmtree(directory, ignore_errors=True)
    return run_case.run(list(map(str, command)), limits(seconds), directory)


def timed_out(outcome):
    return outcome.ending.startswith("nothing after")


class Check:
    """The runs of one program, in a scratch directory of its own."""

    def __init__(self, program, settings, scratch):
        self.program = program
        self.settings = settings
        self.scratch = scratch
        self.result = {
            "kind": program.kind,
            "seed": program.seed,
            "levels": settings.levels,
            "modes": settings.modes.names,
            "status": "same",
            "reason": "",
            "runs": 0,
            "failures": [],
        }

    def run(self):
        start = time.monotonic()
        try:
            for level in self.settings.levels:
                if self.result["status"] != "skipped":
                    self.check_level(level)
        except programs.CompileError as error:
            self.end("invalid", str(error).splitlines()[0])
        if self.result["failures"]:
            self.judge()
        self.result["seconds"] = round(time.monotonic() - start, 3)
        return self.result

    def end(self, status, reason):
        self.result["status"] = status
        self.result["reason"] = reason

    def check_level(self, level):
        program, settings = self.program, self.settings
        bitcode = programs.to_bitcode(program, level, self.scratch)
        native = programs.link_native(program, level, bitcode, self.scratch / f"native.{level}")
        expected = run_fresh([native, *program.arguments], settings.native_seconds, self.scratch / f"expected.{level}")
        if timed_out(expected):
            self.end("skipped", f"the native run takes more than {settings.native_seconds:g} s")
            return
        for mode in settings.modes.names:
            options = settings.modes.options(mode, program, bitcode)
            command = [*settings.runner, *options, bitcode, *program.arguments]
            got = run_fresh(command, settings.mode_seconds, self.scratch / f"got.{level}.{mode}")
            self.result["runs"] += 1
            lines = run_case.compare(expected, got, limits(0))
            if lines:
                self.keep_failure(level, mode, options, command, expected, lines)

    def keep_failure(self, level, mode, options, command, expected, lines):
        again = 0
        for i in range(AGAIN):
            directory = self.scratch / f"again.{level}.{mode}.{i}"
            if run_case.compare(expected, run_fresh(command, self.settings.mode_seconds, directory), limits(0)):
                again += 1
        self.result["failures"].append(
            {
                "level": level,
                "mode": mode,
                "options": options,
                "command": shlex.join(map(str, command)),
                "again": f"{again} of {AGAIN}",
                "lines": lines,
            }
        )

    def judge(self):
        """The verdict on a program that differs: different or ambiguous. Keeps all of its files."""
        self.end("different", self.result["failures"][0]["lines"][0])
        for level in {failure["level"] for failure in self.result["failures"]}:
            doubt = self.second_opinions(level)
            if doubt:
                self.end("ambiguous", doubt)
        if self.settings.keep:
            self.keep()

    def second_opinions(self, level):
        """Why the native reference is unreliable; empty if it is reliable."""
        program, seconds = self.program, 10 * self.settings.native_seconds
        try:
            text = programs.without_optnone(
                self.scratch / f"{program.name}.{level}.bc", self.scratch / f"opinion.{level}.ll"
            )
            expected = (self.scratch / f"expected.{level}" / "stdout").read_bytes()
            for other in ("O0", "O1", "O2", "O3"):
                native = programs.link_native(program, other, text, self.scratch / f"opinion.{level}.{other}")
                got = run_fresh([native, *program.arguments], seconds, self.scratch / f"opinion.{level}.{other}.run")
                if got.stdout != expected:
                    return f"native at {other} differs from native at {level}, from the same {level} bitcode"
            return self.sanitizers_object(seconds)
        except programs.CompileError as error:
            return f"no second opinion: {str(error).splitlines()[0]}"

    def sanitizers_object(self, seconds):
        program = self.program
        if program.language == "ll":
            return ""
        source = self.scratch / f"{program.name}.{program.language}"
        binary = self.scratch / "sanitized"
        driver, standard = programs.DRIVERS[program.language], programs.STANDARDS[program.language]
        programs.call([driver, *standard, "-w", *program.flags, *SANITIZERS, source, "-o", binary, "-pthread", "-lm"])
        got = run_fresh([binary, *program.arguments], 10 * seconds, self.scratch / "sanitized.run")
        found = [line for line in got.stderr.decode(errors="replace").splitlines() if "rror:" in line]
        return found[0] if found else ""

    def keep(self):
        """Keeps source, bitcode, outputs and commands, which reproduce the failure."""
        place = pathlib.Path(self.settings.keep) / self.program.name
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(self.scratch, place, symlinks=True)
        description = dict(self.result, language=self.program.language, flags=self.program.flags)
        description.update(arguments=self.program.arguments, runner=self.settings.runner)
        for failure in description["failures"]:
            failure["command"] = failure["command"].replace(str(self.scratch), str(place))
        (place / "failure.json").write_text(json.dumps(description, indent=1, default=str))
        self.result["kept"] = str(place)
