#!/usr/bin/env python3
"""Checks every refusal of cases.py: one exact line, status 1, nothing run.

    test_refusals.py <ajit-run> [case...]      all cases, or those named
    test_refusals.py --list                    their names

One process runs all cases, as each takes a few milliseconds. For a failing case
it shows the expected line and the actual one.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

from cases import CASES
from inputs import MARK

PREFIX = "ajit-run: error: "
TIMEOUT = 20


def fill(text, folder, escape=False):
    return text.replace("{dir}", re.escape(str(folder)) if escape else str(folder))


def matches(expected, line, folder):
    if expected.startswith("/"):
        return re.fullmatch(re.escape(PREFIX) + fill(expected[1:-1], folder, escape=True), line) is not None
    return line == PREFIX + fill(expected, folder)


def problems_of(case, runner, folder):
    """The failures of a case, as lines."""
    for name, recipe in case.files.items():
        recipe(folder / name)
    stdin = subprocess.DEVNULL
    if case.stdin:
        case.stdin(folder / "standard-input")
        stdin = open(folder / "standard-input", "rb")
    command = [runner, *(fill(argument, folder) for argument in case.arguments)]
    before = {p.name for p in folder.iterdir()}
    try:
        result = subprocess.run(command, cwd=folder, stdin=stdin, capture_output=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return [f"still running after {TIMEOUT} s"]
    lines = result.stderr.decode(errors="replace").splitlines()
    problems = []
    if result.returncode != 1:
        problems.append(f"status {result.returncode}, expected 1")
    if result.stdout:
        problems.append(f"standard output, expected none: {result.stdout[:200]!r}")
    if len(lines) != 1 or not matches(case.expected, lines[0], folder):
        shown = "a line that matches " if case.expected.startswith("/") else ""
        problems.append(f"expected  {shown}{PREFIX}{fill(case.expected, folder)}")
        problems += [f"got       {line}" for line in lines[:6]] or ["got       nothing"]
        problems += [f"          ({len(lines)} lines)"] if len(lines) > 6 else []
    added = sorted({p.name for p in folder.iterdir()} - before)
    if MARK in added:
        problems.append("the program was run")
    elif added:
        problems.append(f"left behind: {', '.join(added)}")
    return problems


def main():
    names = sys.argv[2:]
    if sys.argv[1:] == ["--list"]:
        print("\n".join(case.name for case in CASES))
        return 0
    if len(sys.argv) < 2 or set(names) - {case.name for case in CASES}:
        print(__doc__, file=sys.stderr)
        return 2
    runner = str(pathlib.Path(sys.argv[1]).absolute())
    chosen = [case for case in CASES if not names or case.name in names]
    failed = 0
    for case in chosen:
        with tempfile.TemporaryDirectory(prefix="ajit-diag-") as scratch:
            problems = problems_of(case, runner, pathlib.Path(scratch))
        print(f"{'FAIL' if problems else 'ok  '} {case.name}", flush=True)
        failed += bool(problems)
        for problem in problems:
            print(f"     {problem}")
    print(f"{len(chosen) - failed} of {len(chosen)} refusals are as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
