#!/usr/bin/env python3
"""Ends a program under load over and over, in every way and in several modes: no run may hang, crash or end otherwise.

    exit_stress.py --runner build/release/tools/ajit-run/ajit-run --bitcode build/release/tests/stress/exit_under_load.O0.bc --rounds 1000

Prints the number of runs and the time of the slowest. With --keep it leaves a hanging process alive for a debugger.
"""
import argparse
import collections
import itertools
import subprocess
import sys
import time

WAYS = ["return", "exit", "thread", "signal", "quick", "_exit", "pthread_exit"]
MODES = [["--tiers=1,2,3"], [], ["--tiers=1,2,3", "--sync"], ["--min-tier=O2", "--stats"]]
STATUS = 17


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runner", required=True)
    parser.add_argument("--bitcode", required=True)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--timeout", type=float, default=60, help="seconds after which a run has hung")
    parser.add_argument("--keep", action="store_true", help="leave a process that hangs")
    options = parser.parse_args()
    failures, slowest = collections.Counter(), 0.0
    combinations = itertools.cycle(itertools.product(WAYS, MODES))
    for number, (way, mode) in zip(range(options.rounds), combinations):
        command = [options.runner, *mode, options.bitcode, way, str(number)]
        start = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            _, errors = process.communicate(timeout=options.timeout)
            what = None if process.returncode == STATUS else f"ended with {process.returncode}"
        except subprocess.TimeoutExpired:
            what, errors = f"hung (process {process.pid})", b""
            if not options.keep:
                process.kill()
                process.communicate()
        slowest = max(slowest, time.monotonic() - start)
        if what:
            failures[what.split(" (")[0]] += 1
            print(f"{what}: {' '.join(command)}\n{errors.decode(errors='replace')[:2000]}", flush=True)
    print(f"{options.rounds} runs, {sum(failures.values())} failed {dict(failures) or ''}; the slowest {slowest:.2f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
