#!/usr/bin/env python3
"""Measures the performance bars that ajit must meet: a line for each, with pass or fail.

    bench/bars.py [--build build/release] [--repetitions 7] [--only NAME]...

Most bars are ratios of medians taken in interleaved runs; a few are times. Each
bar prints what it measured, its limit, and its verdict. The exit status is 1 if
any bar is missed. Names: hello, sqlite, first-calls, counters, crossing,
whole-runs.
"""
import statistics
import sys

import generate
import measure
from run import HELLO, QUERY

WHOLE_RUNS = {"fibonacci_calls": "43", "sorting": "3000", "hashing": "4000000", "interpreter": "40"}  # 2 to 4 s at -O3
CALL_HEAVY = {"fibonacci_calls": "37", "sorting": "400", "interpreter": "33"}
FIRST_QUERY = "SELECT 1;"


class Bars:
    def __init__(self, options):
        self.options = options
        self.runner = options.runner
        self.progress = measure.Progress()
        self.verdict = measure.Verdicts()

    def compare(self, step, peers, expected=None, repetitions=None):
        self.progress.start(step)
        return measure.interleave(peers, repetitions or self.options.repetitions, self.progress, expected)

    def source(self, name, text):
        path = self.options.work / f"{name}.c"
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
        return measure.bitcode_of(path, self.options.work / f"{name}.bc")

    def ratio(self, name, samples, what, limit):
        """The first peer's median divided by the second's. Further peers are only shown."""
        x, y, *_ = (s.median(what) for s in samples.values())

        def shown(s):
            return s.problem or f"{s.median(what):.4g} s ±{s.spread(what) * 100:.0f} %"

        detail = ", ".join(f"{peer}: {shown(s)}" for peer, s in samples.items())
        self.verdict(name, x / y if x and y else None, limit, "", detail)

    def hello(self):
        bitcode = self.source("hello", HELLO)
        samples = self.compare("hello world", {"ajit-run": [self.runner, bitcode], "lli": ["lli-19", bitcode]},
                               repetitions=self.options.repetitions * 5)
        self.ratio("hello world, wall time / lli", samples, "wall", 0.35)

    def sqlite(self):
        shell = self.options.real / "sqlite3.O0.bc"
        if not shell.exists():
            return self.verdict("sqlite3's first query, CPU / lli -O0", None, 0.12, "", f"{shell} does not exist")
        # The bar is for a query that calls 420 functions; one that creates, fills and sums a table calls 770.
        for name, text in (("sqlite3's first query", FIRST_QUERY), ("sqlite3: create, insert, select", QUERY)):
            query = [":memory:", text]
            expected = measure.run([shell.with_suffix(".native"), *query])
            peers = {"ajit-run": [self.runner, shell, *query], "lli -O0": ["lli-19", "-O0", shell, *query]}
            samples = self.compare(name, peers, expected)
            self.ratio(f"{name}, CPU / lli -O0", samples, "cpu", 0.12 if text == FIRST_QUERY else 0.16)

    def first_calls(self):
        medians = {}
        counts = (1000, 6000)
        modules = {n: self.source(f"first_calls_{n}", generate.first_calls(n)) for n in counts}
        self.progress.start("first calls")
        runs = {n: [] for n in counts}
        for repetition in range(self.options.repetitions):
            for n in counts:
                self.progress.show(f"{repetition + 1}/{self.options.repetitions} {n} functions")
                got = measure.run([self.runner, modules[n]])
                if got.status == 0:
                    runs[n].append([float(word) for word in got.output.split()])
        self.progress.clear()
        for n in counts:
            columns = list(zip(*runs[n]))
            medians[n] = statistics.median(columns[0]) if columns else None
            detail = f"99 %: {statistics.median(columns[1]):.0f} µs, worst: {max(columns[2]):.0f} µs" if columns else "the program fails"
            self.verdict(f"median first call, module of {n:,} functions", medians[n], 1000, " µs", detail)
        both = all(medians.values())
        self.verdict("median first call, 6,000 / 1,000 functions", medians[6000] / medians[1000] if both else None, 1.3)

    def counters(self):
        """With --tiers=never every function stays at its first tier, and counters serve sampling only. --profile=off
        removes sampling and thus the counters; the code is otherwise the same."""
        for name, size in CALL_HEAVY.items():
            bitcode = self.options.samples / f"{name}.O0.bc"
            for tier in ("O0", "O1", "O2"):
                still = [self.runner, f"--min-tier={tier}", "--tiers=never"]
                peers = {"counted": [*still, bitcode, size], "not": [*still, "--profile=off", bitcode, size]}
                samples = self.compare(f"{name} at {tier}", peers)
                self.ratio(f"counters and sampling, {name} at {tier}", samples, "wall", 1.05)

    def crossing(self):
        bitcode = self.source("crossings", generate.crossings(400))
        self.progress.start("crossings")
        rows = []
        for repetition in range(self.options.repetitions):
            self.progress.show(f"{repetition + 1}/{self.options.repetitions}")
            got = measure.run([self.runner, bitcode])
            if got.status == 0:
                rows.append([float(word) for word in got.output.split()])
        self.progress.clear()
        columns = list(zip(*rows))
        detail = f"median {statistics.median(columns[0]):.2f} µs, worst {max(columns[2]):.0f} µs" if rows else "the program fails"
        self.verdict("loss of the crossing thread, 99th percentile", statistics.median(columns[1]) if rows else None, 20, " µs", detail)

    def whole_runs(self):
        for name, size in WHOLE_RUNS.items():
            bitcode = self.options.samples / f"{name}.O0.bc"
            self.progress.start(name)
            native = measure.natively(bitcode, ["-O3"], self.options.work / f"{name}.O0.O3")
            expected = measure.run([native, size])
            peers = {"ajit-run": [self.runner, bitcode, size], "clang -O3": [native, size]}
            self.ratio(f"{name}, whole run / clang -O3", self.compare(name, peers, expected, max(3, self.options.repetitions // 2)), "wall", 1.15)


def parse_arguments():
    parser = measure.argument_parser(__doc__)
    parser.add_argument("--repetitions", type=int, default=7)
    names = ["hello", "sqlite", "first-calls", "counters", "crossing", "whole-runs"]
    parser.add_argument("--only", action="append", choices=names)
    options = parser.parse_args()
    measure.find_parts(options)
    options.only = options.only or names
    return options


def main():
    options = parse_arguments()
    measure.quiet_core_dumps()
    bars = Bars(options)
    print(f"{measure.machine()}; medians of {options.repetitions} or more interleaved runs")
    for name in options.only:
        getattr(bars, name.replace("-", "_"))()
    return bars.verdict.end()


if __name__ == "__main__":
    sys.exit(main())
