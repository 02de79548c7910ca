#!/usr/bin/env python3
"""perf on programs that ajit-run runs: functions with their tiers, by map files and by perf inject; source lines.

    test_perf.py --runner <ajit-run> [test…]

The kernel's clock takes the samples, since virtual machines have it too. If the kernel forbids sampling, the tests are
skipped.
"""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from tool_test import Failure, check_order, line_of, main, run

RECORD = ["perf", "record", "-q", "-e", "cpu-clock", "-F", "2000"]


def prepare():
    if not shutil.which("perf"):
        return "there is no perf"
    with tempfile.TemporaryDirectory() as scratch:
        status, output = run([*RECORD, "-o", "test.data", "true"], scratch)
    return f"perf record fails: {output.strip()}" if status != 0 else None


def perf(bench, *arguments):
    environment = dict(os.environ, JITDUMPDIR=str(bench.scratch))
    status, output = run(arguments, bench.scratch, environment=environment)
    bench.output += output
    if status != 0:
        raise Failure(f"status {status} of {' '.join(map(str, arguments))}")
    return output


def report(bench, data):
    return perf(bench, "perf", "report", "--stdio", "-i", data)


def map_report(bench, *arguments):
    """The report of a run with a map file. Removes the map file."""
    perf(bench, *RECORD, "-o", "map.data", bench.runner, *arguments)
    text = report(bench, "map.data")
    for process in set(perf(bench, "perf", "script", "-i", "map.data", "-F", "pid").split()):
        pathlib.Path(f"/tmp/perf-{process}.map").unlink(missing_ok=True)
    return text


def shares(report_text):
    """The percentage of each symbol in a report."""
    found = {}
    for percent, symbol in re.findall(r"^ +([0-9.]+)% .*\[\.\] (.*?) *$", report_text, re.M):
        found[symbol] = found.get(symbol, 0) + float(percent)
    return found


def check_share(report_text, symbol, least):
    share = shares(report_text).get(symbol, 0)
    if share < least:
        raise Failure(f"{symbol} has {share} % of the samples, less than {least} %")


def inject(bench, *arguments):
    """The report of a run with a jitdump, after perf inject."""
    perf(bench, *RECORD, "-k", "mono", "-o", "raw.data", bench.runner, "--perf=jitdump", *arguments)
    perf(bench, "perf", "inject", "--jit", "-i", "raw.data", "-o", "jit.data", "-f")
    return report(bench, "jit.data")


def map_names_functions_with_tiers(bench):
    module = bench.bitcode("family.c", "-O0")
    check_share(map_report(bench, "--osr=off", "--perf", module, "200000"), "in_both [O3]", 20)


def map_names_continuations_by_their_loops(bench):
    module = bench.bitcode("family.c", "-O0")
    check_share(map_report(bench, "--perf", module, "400000"), "main [O3 loop 0]", 20)


def map_of_one_tier(bench):
    module = bench.bitcode("family.c", "-O0")
    text = map_report(bench, "--perf=map", "--max-tier=O0", module, "50000")
    check_share(text, "in_both [O0]", 20)
    if "[O3]" in text:
        raise Failure("a tier that was not allowed is in the report")


def map_of_a_child(bench):
    module = bench.bitcode("family.c", "-O0")
    text = map_report(bench, "--osr=off", "--perf", module, "200000")
    check_share(text, "in_child [O3]", 20)
    check_share(text, "in_both [O3]", 20)


def map_of_cpp_is_demangled(bench):
    module = bench.bitcode("objects.cpp", "-O0")
    process = subprocess.Popen([bench.runner, "--perf", module], stdout=subprocess.DEVNULL)
    process.wait()
    path = f"/tmp/perf-{process.pid}.map"
    with open(path) as file:
        bench.output = file.read()
    os.unlink(path)
    line = r"^[0-9a-f]+ [0-9a-f]+ "
    check_order(bench.output, re.compile(line + r"\(runtime entry\)$", re.M),
                re.compile(line + r"geometry::Square::area\(int\) const \[stub\]$", re.M),
                re.compile(line + r"main \[O0\]$", re.M),
                re.compile(line + r"geometry::Square::area\(int\) const \[O0\]$", re.M))


def jitdump_names_functions_with_tiers(bench):
    module = bench.bitcode("family.c", "-O0")
    text = inject(bench, "--osr=off", module, "200000")
    check_share(text, "in_both [O3]", 20)
    check_share(text, "in_child [O3]", 20)


def jitdump_has_source_lines(bench):
    for level in ("-O0", "-O2"):
        module = bench.bitcode("family.c", "-g", level)
        inject(bench, "--osr=off", module, "200000")
        bench.output = perf(bench, "perf", "annotate", "--stdio", "-l", "-i", "jit.data", "in_both [O3]")
        check_order(bench.output, re.compile(rf"^ +\d+\.\d+ +family\.c:{line_of('family.c', 'the loop of in_both')}$", re.M),
                    "in_both [O3]")


TESTS = [map_names_functions_with_tiers, map_names_continuations_by_their_loops, map_of_one_tier, map_of_a_child, map_of_cpp_is_demangled,
         jitdump_names_functions_with_tiers, jitdump_has_source_lines]

if __name__ == "__main__":
    os.environ["LC_ALL"] = "C.UTF-8"
    main(TESTS, prepare)
