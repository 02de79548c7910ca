#!/usr/bin/env python3
"""Compares ajit-run with its peers: one command, a table and a plot.

    bench/run.py [--build build/release] [--repetitions 3] [--only NAME]...

Runs every sample program from its -O0 bitcode, sized for about a second at -O3,
and two start-ups (hello world; the first query of the sqlite3 shell, if
scripts/real_programs.py has been run), under

    ajit-run          as it is, with everything at O3 from the start, and at O0 only
    lli-19            default (-O2 code generation, ORC), -O0, MCJIT, ORC lazy;
                      the interpreter for the start-ups only: it is a thousand
                      times slower and knows few functions of the C library
    clang             -O0, -O3, -O3 -march=native builds of the same bitcode

and writes medians, spread and ratios to docs/performance.md between markers,
and the ratios as bars to docs/performance.svg. It compares the output and
status of every run with those of the -O0 build. Takes about 20 minutes.
"""
import pathlib
import sys

import measure
import plot

BASE = "clang -O3"

SIZES = {  # argv[1] for about a second at -O3
    "fibonacci_calls": "41", "matrix": "30000", "sorting": "1200", "shapes": "700000", "strings": "8000000",
    "hashing": "1500000", "interpreter": "37", "computed_goto": "8000000", "recursion": "15", "exceptions": "500000",
    "threads": "15000000", "nbody": "20000000", "spectral_norm": "5000", "trees": "20", "containers": "10000000",
    "structures": "60000000",
}
HELLO = '#include <stdio.h>\nint main(void) { puts("hello world"); }\n'
QUERY = "CREATE TABLE t(a, b); INSERT INTO t VALUES (1, 2), (3, 4); SELECT sum(a * b) FROM t;"


def peers_of(runner, bitcode, natives, arguments, start_up=False):
    peers = {
        "ajit-run": [runner, bitcode],
        "ajit-run, O3 at once": [runner, "--min-tier=O3", bitcode],
        "ajit-run, O0 only": [runner, "--max-tier=O0", bitcode],
        "lli": ["lli-19", bitcode],
        "lli -O0": ["lli-19", "-O0", bitcode],
        "lli MCJIT": ["lli-19", "-jit-kind=mcjit", bitcode],
        "lli ORC lazy": ["lli-19", "-jit-kind=orc-lazy", bitcode],
    }
    if start_up:
        peers["lli interpreter"] = ["lli-19", "--force-interpreter", bitcode]
    peers.update({name: [path] for name, path in natives.items()})
    return {name: [*command, *arguments] for name, command in peers.items()}


def natives_of(bitcode, out):
    flags = {"clang -O0": ["-O0"], BASE: ["-O3"], "clang -O3 native": ["-O3", "-march=native"]}
    names = {name: name.replace("clang ", "").replace(" ", "").replace("-", "") for name in flags}
    return {name: measure.natively(bitcode, f, out / f"{bitcode.stem}.{names[name]}") for name, f in flags.items()}


def bench(name, bitcode, arguments, options, progress, start_up=False):
    progress.start(name)
    progress.show("building")
    natives = natives_of(bitcode, options.work)
    expected = measure.run([natives["clang -O0"], *arguments], timeout=1000)
    peers = peers_of(options.runner, bitcode, natives, arguments, start_up)
    return measure.interleave(peers, options.repetitions * (3 if start_up else 1), progress, expected)


def cell(samples, base):
    if samples.problem:
        return samples.problem
    median = samples.median()
    time = f"{median:.2f} s" if median >= 1 else f"{median * 1000:.0f} ms" if median >= 0.02 else f"{median * 1000:.1f} ms"
    ratio = f" **{median / base:.2f}**" if base else ""
    return f"{time}{ratio} ±{samples.spread() * 100:.0f} %"


def table(results):
    """Markdown: a row per program and a column per peer."""
    peers = list(next(iter(results.values())))
    lines = ["| program | " + " | ".join(peers) + " |", "|---" * (len(peers) + 1) + "|"]
    ratios = {peer: [] for peer in peers}
    for program, samples in results.items():
        base = samples[BASE].median()
        lines.append(f"| {program} | " + " | ".join(cell(samples[peer], base) for peer in peers) + " |")
        for peer in peers:
            if base and samples[peer].median():
                ratios[peer].append(samples[peer].median() / base)
    means = {peer: measure.geometric_mean(values) for peer, values in ratios.items()}
    if len(results) > 1:
        row = [f"**{m:.2f}** ({len(ratios[p])} of {len(results)})" if m else "none" for p, m in means.items()]
        lines.append("| geometric mean of ratios | " + " | ".join(row) + " |")
    return "\n".join(lines)


def report(long_runs, start_ups, options):
    text = [f"Measured by `bench/run.py` on {measure.machine()}; {options.repetitions} interleaved repetitions.",
            f"Each cell: median wall time, its ratio to `{BASE}` of the same bitcode in bold, half the range of the runs.",
            "Ratios last; absolute figures do not.", ""]
    if long_runs:
        text += ["### Whole runs, from -O0 bitcode, start-up included", "", table(long_runs), "",
                 "![Ratios to clang -O3](performance.svg)", ""]
    if start_ups:
        text += ["### Start-up", "", table(start_ups), ""]
    options.page.parent.mkdir(parents=True, exist_ok=True)
    page = options.page.read_text() if options.page.exists() else ""
    options.page.write_text(measure.page_with(page, "\n".join(text).rstrip(), "run.py"))
    if long_runs:
        ratios = {program: {peer: s.median() / samples[BASE].median() for peer, s in samples.items() if s.median()}
                  for program, samples in long_runs.items() if samples[BASE].median()}
        options.page.with_suffix(".svg").write_text(plot.bars(ratios, f"Run time relative to {BASE} (logarithmic)", BASE))
    print(f"{options.page} and {options.page.with_suffix('.svg').name} are written")


def parse_arguments():
    parser = measure.argument_parser(__doc__)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--only", action="append", help="a program, 'hello' or 'sqlite3'; may be repeated")
    parser.add_argument("--page", type=pathlib.Path, default=measure.ROOT / "docs/performance.md")
    options = parser.parse_args()
    measure.find_parts(options)
    unknown = set(options.only or []) - set(SIZES) - {"hello", "sqlite3"}
    if unknown:
        parser.error(f"no such program: {', '.join(sorted(unknown))}")
    return options


def main():
    options = parse_arguments()
    measure.quiet_core_dumps()
    progress = measure.Progress()

    def wanted(name):
        return not options.only or name in options.only

    start_ups, long_runs = {}, {}
    if wanted("hello"):
        source = options.work / "hello.c"
        source.write_text(HELLO)
        bitcode = measure.bitcode_of(source, options.work / "hello.bc")
        start_ups["hello world"] = bench("hello world", bitcode, [], options, progress, start_up=True)
    shell = options.real / "sqlite3.O0.bc"
    if wanted("sqlite3") and shell.exists():
        start_ups["sqlite3, first query"] = bench("sqlite3", shell, [":memory:", QUERY], options, progress, start_up=True)
    elif wanted("sqlite3"):
        print(f"without sqlite3: {shell} does not exist (scripts/real_programs.py --out {options.real})", file=sys.stderr)
    for name, size in SIZES.items():
        if wanted(name):
            long_runs[name] = bench(name, options.samples / f"{name}.O0.bc", [size], options, progress)
    report(long_runs, start_ups, options)


if __name__ == "__main__":
    main()
