#!/usr/bin/env python3
"""Runs one program natively and under ajit-run in every mode, and compares.

The native reference is linked from the same bitcode, so the two must agree in
everything a user can see: the bytes on standard output, on request those on
standard error, the exit status or the terminating signal, and the files left in
the working directory. Each run gets its own directory with copies of the
--input files.

One invocation goes through all modes: a process per mode and test would cost
more than the runs themselves. It reports each mode on a line. For a mode that
differs it shows the command and the first lines that differ. If the native run
ends with status 77, this machine cannot run the case, and the test is skipped
(status 77 again).

    run_case.py --runner ajit-run --native fib.native --bitcode fib.bc [-- args]
"""
import argparse
import difflib
import filecmp
import os
import pathlib
import resource
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zlib

# Thresholds of 1, 2 and 3 take a function through all tiers in its first three
# calls; --sync makes the crossing call wait, so that every run does the same.
# With --osr=force, frames leave every loop below the last tier at its first
# check. With a seed, they leave at random checks for random tiers. The seeds come
# from the bitcode's name: they differ between programs, and failures repeat.
MODES = {
    "background": [],
    "sync": ["--sync"],
    "eager-sync": ["--tiers=1,2,3", "--sync"],
    "eager-background": ["--tiers=1,2,3"],
    "only-O0": ["--min-tier=O0", "--max-tier=O0"],
    "only-O1": ["--min-tier=O1", "--max-tier=O1"],
    "only-O2": ["--min-tier=O2", "--max-tier=O2"],
    "only-O3": ["--min-tier=O3", "--max-tier=O3"],
    "osr-force": ["--osr=force"],
    "osr-random": ["--osr=force", "--osr-seed={seed}"],
    "osr-random-O1": ["--osr=force", "--osr-seed={other_seed}", "--max-tier=O1"],
    "through-bytes": ["--through-bytes", "--tiers=1,2,3", "--osr=force", "--osr-seed={seed}"],
    "osr-random-eager": ["--osr=force", "--osr-seed={other_seed}", "--tiers=1,2,3"],
}
# With AJIT_SHORT_TESTS in the environment, tests go through these modes only: the default, each tier for one call, the
# last tier alone, and random on-stack replacement in units that were written and read back.
SHORT_MODES = ("background", "eager-sync", "only-O3", "through-bytes")
SKIPPED = 77
SHOWN_LINES = 12


class Outcome:
    """The observable results of one run: its ending, its output, and its directory of files."""

    def __init__(self, ending, stdout, stderr, directory, seconds, timed_out):
        self.ending = ending
        self.timed_out = timed_out
        self.stdout = stdout
        self.stderr = stderr
        self.directory = directory
        self.seconds = seconds


def ending_of(returncode):
    if returncode >= 0:
        return f"status {returncode}"
    try:
        return f"signal {signal.Signals(-returncode).name}"
    except ValueError:
        return f"signal {-returncode}"


def run(command, options, directory):
    """Runs a command in a new directory. A failure of the command does not raise an exception."""
    directory.mkdir()
    work = directory / "work"
    work.mkdir()
    for path in options.input:
        shutil.copy(path, work)
    environment = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC")
    environment.update(pair.split("=", 1) for pair in options.env)
    start = time.monotonic()
    # Files instead of pipes: a surviving child process must not keep this one waiting.
    with open(options.stdin or os.devnull, "rb") as stdin, open(
        directory / "stdout", "ab"
    ) as stdout, open(directory / "stderr", "ab") as stderr:
        process = subprocess.Popen(
            command, cwd=work, env=environment, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True
        )
        timed_out = False
        try:
            ending = ending_of(process.wait(options.timeout))
        except subprocess.TimeoutExpired:
            timed_out = True
            ending = f"nothing after {options.timeout:g} s (killed)"
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
    seconds = time.monotonic() - start
    stdout, stderr = (directory / "stdout").read_bytes(), (directory / "stderr").read_bytes()
    return Outcome(ending, stdout, stderr, work, seconds, timed_out)


def describe_difference(what, expected, got):
    """A few lines that show how two byte strings differ."""
    try:
        lines = list(
            difflib.unified_diff(
                expected.decode().splitlines(), got.decode().splitlines(), "native", "ajit-run", lineterm="", n=1
            )
        )
        if not lines:
            lines = [f"line ends differ: {expected[-20:]!r} natively, {got[-20:]!r} here"]
    except UnicodeDecodeError:
        at = next((i for i, (a, b) in enumerate(zip(expected, got)) if a != b), min(len(expected), len(got)))
        lines = [
            f"{len(expected)} bytes natively, {len(got)} here, the first difference at {at}:",
            f"  native   {expected[at:at + 16].hex(' ')}",
            f"  ajit-run {got[at:at + 16].hex(' ')}",
        ]
    more = [f"… {len(lines) - SHOWN_LINES} more lines"] if len(lines) > SHOWN_LINES else []
    return [f"{what} differs:"] + ["  " + line for line in lines[:SHOWN_LINES] + more]


def compare_files(expected, got):
    names = {p.relative_to(expected) for p in expected.rglob("*")}
    others = {p.relative_to(got) for p in got.rglob("*")}
    lines = [f"file {n} is missing" for n in sorted(names - others)]
    lines += [f"file {n} was not written natively" for n in sorted(others - names)]
    for name in sorted(names & others):
        if (expected / name).is_file() and not filecmp.cmp(expected / name, got / name, shallow=False):
            lines.append(f"file {name} differs")
    return lines


def compare(expected, got, options):
    """The differences as lines of text; empty if the runs agree."""
    lines = []
    if expected.ending != got.ending:
        lines.append(f"ended with {got.ending}, natively with {expected.ending}")
    if expected.stdout != got.stdout:
        lines += describe_difference("standard output", expected.stdout, got.stdout)
    if options.stderr and expected.stderr != got.stderr:
        lines += describe_difference("standard error", expected.stderr, got.stderr)
    elif lines and got.stderr:
        text = got.stderr.decode(errors="replace").splitlines()
        lines += ["standard error was:"] + ["  " + line for line in text[:SHOWN_LINES]]
    return lines + compare_files(expected.directory, got.directory)


def options_of(mode, bitcode):
    """The options of a mode, with the seeds that belong to the program."""
    seed = zlib.crc32(pathlib.Path(bitcode).name.encode())
    return [option.format(seed=seed, other_seed=seed // 2 + 1) for option in MODES[mode]]


def shortened(modes):
    """What a short run goes through: the short modes, or the first mode if none of them is asked for."""
    if not os.environ.get("AJIT_SHORT_TESTS"):
        return modes
    return [mode for mode in modes if mode in SHORT_MODES] or modes[:1]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runner", required=True, help="the ajit-run command, with options common to all modes")
    parser.add_argument("--native", required=True, type=os.path.abspath, help="the native reference")
    parser.add_argument("--bitcode", required=True, type=os.path.abspath, help="the module")
    parser.add_argument("--modes", default=",".join(MODES), help="comma separated; 'background' adds no option")
    parser.add_argument("--without", default="", help="modes to leave out, comma separated")
    parser.add_argument("--option", action="append", default=[], help="one more option for the runner, in each mode")
    parser.add_argument("--input", action="append", default=[], help="a file to copy into the working directory")
    parser.add_argument("--stdin", help="a file for standard input")
    parser.add_argument("--stderr", action="store_true", help="compare standard error as well")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--timeout", type=float, default=60)
    parser.add_argument("--arguments", help="a file with more arguments for the program, one per line, of any bytes")
    parser.add_argument("args", nargs="*", help="the program's arguments")
    options = parser.parse_args()
    options.modes = options.modes.split(",")
    options.without = [mode for mode in options.without.split(",") if mode]
    unknown = [mode for mode in options.modes + options.without if mode not in MODES]
    if unknown:
        parser.error(f"unknown mode {unknown[0]}; there are {', '.join(MODES)}")
    if options.arguments:
        options.args += map(os.fsdecode, pathlib.Path(options.arguments).read_bytes().splitlines())
    return options


def main():
    options = parse_arguments()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    failed = 0
    with tempfile.TemporaryDirectory(prefix="ajit-run-case-") as scratch:
        scratch = pathlib.Path(scratch)
        native = run([options.native, *options.args], options, scratch / "native")
        print(f"native: {native.ending}, {len(native.stdout)} bytes, {native.seconds:.2f} s", flush=True)
        if native.ending == f"status {SKIPPED}":
            return SKIPPED
        if native.timed_out:
            return 1  # without a native result there is no comparison
        for mode in shortened([mode for mode in options.modes if mode not in options.without]):
            chosen = [*options_of(mode, options.bitcode), *options.option]
            command = [*shlex.split(options.runner), *chosen, options.bitcode, *options.args]
            got = run(command, options, scratch / mode)
            differences = compare(native, got, options)
            print(f"{'FAIL' if differences else 'ok  '} {mode:<17}{got.seconds:7.2f} s", flush=True)
            if differences:
                failed += 1
                print("     " + shlex.join(command))
                print("\n".join("     " + line for line in differences), flush=True)
            shutil.rmtree(scratch / mode)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
