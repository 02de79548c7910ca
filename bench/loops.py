#!/usr/bin/env python3
"""Compares loops of main, run from -O0 bitcode, with clang -O3 of the same sources: a table, a plot, verdicts.

    bench/loops.py [--ajit PATH] [--runs 5] [--only PROGRAM]... [--part PART]...

The programs of bench/loops spend their time in loops of `main`, which is called
once, so only on-stack replacement can speed them up. Four parts:

    runs          whole runs of about two seconds, start-up included, against
                  `clang -O3` and `clang -O3 -march=native`, from the source
    checks        the cost of loop-header checks that never fire, per tier:
                  bodies with and without checks, both held at that tier
    transitions   the time until the first frame continues in better code
    compiles      what OSR points add to the compiles of base versions, in
                  instructions (callgrind), on these programs, lua and sqlite3

Peers take turns, medians are compared, and every output is compared with
clang's. The command finds sizes for this machine by trial and keeps them in
<build>/bench/loops.sizes.json. All figures, with every single run, go to
<build>/bench/loops.json; a part that is not measured keeps its old figures
there. From that file the command writes docs/loops.svg and the section of
docs/performance.md between the markers. The exit status is 1 if a bar is
missed.
"""
import argparse
import datetime
import json
import math
import os
import pathlib
import sys

import generate
import loops_report
import measure
from loops_report import AJIT, AT_ONCE, NATIVE, REFERENCE

SOURCES = measure.ROOT / "bench/loops"
PARTS = ["runs", "checks", "transitions", "compiles"]
# In bitcode built without FMA, ajit does not fuse multiplications and additions. A peer that fused them would print
# other digits.
FLAGS = {REFERENCE: ["-O3"], NATIVE: ["-O3", "-march=native", "-ffp-contract=off"]}
SECONDS = {"runs": 2.0, "checks": 0.3, "transitions": 0.4}  # at clang -O3
# STILL keeps functions at their first tier. SILENT gives bodies checks that never fire: ticks are a second apart, the
# longest interval, and the program ends before enough of them.
STILL = ["--tiers=never", "--profile=off"]
SILENT = ["--osr=on", "--osr-ticks=1000000000", "--osr-interval-us=1000000"]
# The functions that make a base version, without linking. Neither may call the other: callgrind would stop counting.
COMPILES = ["ajit::build_unit(*", "ajit::LlvmCompiler::compile(*"]
REAL = {"lua": ["-e", "print(1)"], "sqlite3": [":memory:", "SELECT 1;"]}


class Program:
    """A source, its bitcode and native builds, and sizes for given times."""

    def __init__(self, source, options):
        self.name = source.stem
        self.source = source
        self.bitcode = measure.bitcode_of(source, options.work / f"{self.name}.O0.bc")
        self.natives = {
            peer: measure.native_of(source, flags, options.work / f"{self.name}.{i}")
            for i, (peer, flags) in enumerate(FLAGS.items())
        }

    def expected(self, arguments):
        return measure.run([self.natives[REFERENCE], *arguments])


def cpu_of(native, size):
    got = measure.run([native, str(size)])
    if got.status != 0:
        sys.exit(f"{native} {size} ends with status {got.status}")
    return got.cpu


def size_for(native, seconds):
    """An argument for which `native` takes about `seconds`. The search doubles the argument until a run is long enough
    to time, then extrapolates from the slope between two timings: work grows with the size, its square or its cube."""
    before, size = (1, 0.0), 32
    took = cpu_of(native, size)
    while took < min(0.15, seconds / 2):
        before, size = (size, took), size * 2
        took = cpu_of(native, size)
    for _ in range(4):
        if abs(took / seconds - 1) < 0.07:
            break
        timed = before[1] > 0.01 and before[0] != size and took != before[1]
        slope = math.log(took / before[1]) / math.log(size / before[0]) if timed else 1
        before, size = (size, took), max(1, round(size * (seconds / took) ** (1 / min(4, max(0.8, slope)))))
        took = cpu_of(native, size)
    return size


class Sizes:
    """Keeps the sizes in a file, so that runs of different builds can be compared."""

    def __init__(self, path):
        self.path = path
        self.known = json.loads(path.read_text()) if path.exists() else {}

    def get(self, program, part):
        stamp = program.source.stat().st_mtime
        entry = self.known.setdefault(program.name, {})
        if entry.get("of") != stamp:
            entry.clear()
            entry["of"] = stamp
        if part not in entry:
            entry[part] = size_for(program.natives[REFERENCE], SECONDS[part])
            self.path.write_text(json.dumps(self.known, indent=1) + "\n")
        return str(entry[part])


class Loops:
    def __init__(self, options):
        self.options = options
        self.progress = measure.Progress()
        self.sizes = Sizes(options.work / "loops.sizes.json")
        self.programs = [Program(source, options) for source in options.sources]

    def ajit(self, *arguments):
        return [self.options.ajit, *self.options.option, *arguments]

    def compare(self, step, peers, expected):
        self.progress.start(step)
        samples = measure.interleave(peers, self.options.runs, self.progress, expected)
        for peer, s in samples.items():
            if s.problem:
                print(f"{step}, {peer}: {s.problem}", file=sys.stderr)
        return {peer: {"wall": s.wall, "cpu": s.cpu, "problem": s.problem} for peer, s in samples.items()}

    def runs(self, program):
        size = self.sizes.get(program, "runs")
        peers = {peer: [native, size] for peer, native in program.natives.items()}
        peers[AJIT] = self.ajit(program.bitcode, size)
        peers[AT_ONCE] = self.ajit("--min-tier=O3", program.bitcode, size)
        return {"size": size, "peers": self.compare(program.name, peers, program.expected([size]))}

    def checks(self, program):
        size = self.sizes.get(program, "checks")
        expected = program.expected([size])
        result = {"size": size, "tiers": {}}
        for tier in loops_report.TIERS:
            still = [f"--min-tier={tier}", *STILL]
            peers = {"checked": self.ajit(*still, *SILENT, program.bitcode, size),
                     "not": self.ajit(*still, "--osr=off", program.bitcode, size)}
            result["tiers"][tier] = self.compare(f"{program.name}, checks at {tier}", peers, expected)
        return result

    def transitions(self, program):
        """From the statistics: the time from main's first body to the first continuation. The loop may start later."""
        size = self.sizes.get(program, "transitions")
        self.progress.start(f"{program.name}, transitions")
        times = []
        for _ in range(self.options.runs):
            got = measure.run(self.ajit("--stats=json", program.bitcode, size), keep_errors=True)
            times.append(first_transition(got) if got.status == 0 else None)
        return {"size": size, "ms": times}

    def transition_from_inside(self):
        """By the clock, read inside a loop that is generated for this measurement."""
        source = self.options.work / "transition.c"
        if not source.exists() or source.read_text() != generate.transition():
            source.write_text(generate.transition())
        bitcode = measure.bitcode_of(source, self.options.work / "transition.bc")
        self.progress.start("transition, from inside")
        rows = []
        for _ in range(self.options.runs * 3):
            got = measure.run(self.ajit(bitcode))
            rows.append([float(word) for word in got.output.split()] if got.status == 0 else None)
        return rows

    def compiles(self, name, bitcode, arguments):
        self.progress.start(f"{name}, compiles")
        counts = {}
        for peer, osr in (("checked", SILENT), ("not", ["--osr=off"])):
            command = self.ajit(*STILL, "--no-ahead", *osr, bitcode, *arguments)
            counts[peer] = measure.instructions(command, COMPILES)
        return counts

    def real_programs(self):
        for name, arguments in REAL.items():
            bitcode = self.options.real / f"{name}.O0.bc"
            if bitcode.exists():
                yield name, bitcode, arguments
            else:
                print(f"without {name}: {bitcode} does not exist (scripts/real_programs.py)", file=sys.stderr)

    def part(self, part, figures, save):
        """Fills in the part's figures and saves after each program. Programs not selected keep their old figures."""
        result = figures.setdefault(part, {})
        programs = result.setdefault("programs", {})
        result.update(runs=self.options.runs, date=datetime.date.today().isoformat(), machine=measure.machine())
        for program in self.programs:
            if part == "compiles":
                programs[program.name] = self.compiles(program.name, program.bitcode, [])
            else:
                programs[program.name] = getattr(self, part)(program)
            result["load"] = os.getloadavg()[0]
            save()
        if part == "transitions":
            result["inside"] = self.transition_from_inside()
        if part == "compiles":
            result["real"] = {name: self.compiles(name, *rest) for name, *rest in self.real_programs()}
        save()


def first_transition(run):
    """Milliseconds from the publication of main's first body to that of the first continuation that a frame entered;
    None if no frame entered one. Frames enter at their next check. The statistics come last on standard error."""
    text = run.errors.decode(errors="replace")
    stats = json.loads(text[text.index("{\n"):])
    main = next(function for function in stats["functions"] if function["name"] == "main")
    begun = min(tier["published_ms"] for tier in main["tiers"].values())
    entered = [continuation["published_ms"] for loop in main.get("loops", [])
               for continuation in loop["continuations"].values() if continuation["entered"]]
    return min(entered) - begun if entered else None


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=measure.ROOT / "build/release")
    parser.add_argument("--ajit", type=pathlib.Path, help="another ajit-run than that of the build")
    parser.add_argument("--option", action="append", default=[], help="one more option for it, in every run")
    parser.add_argument("--real", type=pathlib.Path, help="where the real programs are (<build>/real)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", action="append", help="a program; may be repeated")
    parser.add_argument("--part", action="append", choices=[*PARTS, "none"], help="may be repeated; 'none' only writes")
    parser.add_argument("--page", type=pathlib.Path, default=measure.ROOT / "docs/performance.md")
    options = parser.parse_args()
    options.ajit = options.ajit or measure.locate(options.build)[0]
    options.real = options.real or options.build / "real"
    options.work = options.build / "bench"
    options.work.mkdir(parents=True, exist_ok=True)
    options.part = options.part or PARTS
    sources = sorted(path for path in SOURCES.iterdir() if path.suffix in (".c", ".cpp"))
    unknown = set(options.only or []) - {path.stem for path in sources}
    if unknown:
        parser.error(f"no such program: {', '.join(sorted(unknown))}")
    options.sources = [path for path in sources if not options.only or path.stem in options.only]
    return options


def main():
    options = parse_arguments()
    measure.quiet_core_dumps()
    path = options.work / "loops.json"
    figures = json.loads(path.read_text()) if path.exists() else {}
    loops = Loops(options)
    for part in PARTS:
        if part in options.part:
            loops.part(part, figures, lambda: path.write_text(json.dumps(figures, indent=1) + "\n"))
    loops_report.write(figures, options.page)
    verdict = measure.Verdicts()
    for bar in loops_report.bars(figures):
        verdict(*bar)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
