"""Runs compilers' own execution suites as differential tests: the command scripts/torture.py.

    scripts/torture.py --suite lli,builtins                  # whole suites
    scripts/torture.py --suite gcc-c --sample 200            # 200 programs, the same ones each time
    scripts/torture.py --suite gcc-cxx --only 'eh/' --modes osr-force,eager-sync
    scripts/torture.py --table                               # the results file as a table

The command compiles each program to bitcode at -O0 and at -O2, or at one of the two if compiling takes seconds (unless
--all-levels). It links the bitcode natively and runs it under ajit-run in each mode, and compares ending, standard
output and standard error. A later run resumes a stopped one and tries programs that differed again.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import resource
import shutil
import sys
import time
import zlib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE))
import execution  # noqa: E402  (the path above is where it is)
import fetch  # noqa: E402
import suites  # noqa: E402
from execution import run_case  # noqa: E402

STATUSES = ("same", "different", "explained", "ambiguous", "unstable", "uncompiled", "skipped", "broken")
DEFAULT_MODES = ("background", "eager-sync", "eager-background", "osr-force", "osr-random-eager", "only-O0")
PROGRESS_SECONDS = 15


def digest(*words):
    return zlib.crc32(" ".join(words).encode())


def levels_of(test, options):
    if not test.costly or options.all_levels:
        return options.levels
    return [options.levels[digest(test.name) % len(options.levels)]]


def run_level(test, level, options):
    with execution.Execution(test, level, options.runner) as one:
        try:
            result = one.result(options.modes)
        except OSError as error:  # an error in one program must not end a run of hours
            return {"status": "broken", "runs": 0, "reason": repr(error), "failures": []}
        if result["status"] == "different":
            home = options.keep / f"{test.suite}-{test.name.replace('/', '_')}.{level}"
            one.keep(home)
            result["kept"] = str(home)
        return result


def run_test(test, options):
    start = time.monotonic()
    levels = {level: run_level(test, level, options) for level in levels_of(test, options)}
    return {"suite": test.suite, "name": test.name, "modes": options.modes, "levels": levels,
            "seconds": round(time.monotonic() - start, 1)}


def describe(result):
    lines = []
    for level, one in result["levels"].items():
        if one["status"] not in ("different", "broken"):
            continue
        lines.append(f"{one['status'].upper()} {result['suite']} {result['name']} {level} {one['reason']}".rstrip())
        for failure in one["failures"]:
            lines += [f"  {failure['mode']}: {failure['command']}", *("    " + line for line in failure["lines"][:8])]
        lines += [f"  kept in {one['kept']}"] if "kept" in one else []
    return lines


def read_results(path):
    """The last result of each program, by (suite, name), for each set of modes."""
    results = {}
    if path.exists():
        for line in path.read_text().splitlines():
            result = json.loads(line)
            results[result["suite"], result["name"], *result["modes"]] = result
    return results


def is_done(result):
    return all(one["status"] not in ("different", "broken") for one in result["levels"].values())


def table(results):
    lines = ["| suite | programs | runs | " + " | ".join(STATUSES) + " |", "|---" * (3 + len(STATUSES)) + "|"]
    for suite in [*suites.SUITES, None]:
        own = [result for result in results if suite in (None, result["suite"])]
        if not own:
            continue
        ones = [one for result in own for one in result["levels"].values()]
        counts = [sum(one["status"] == status for one in ones) for status in STATUSES]
        cells = [suite or "all", len({(r["suite"], r["name"]) for r in own}), sum(one["runs"] for one in ones), *counts]
        lines.append("| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else cell for cell in cells) + " |")
    return "\n".join(lines)


def chosen_tests(options):
    sources = fetch.Sources(options.directory)
    tests = [test for suite in options.suite for test in suites.SUITES[suite](sources)]
    tests = [test for test in tests if re.search(options.only, test.name)]
    # The order is the same each time and mixes suites and folders, so even an interrupted run is a fair sample.
    tests.sort(key=lambda test: digest("order", test.suite, test.name))
    return tests[: options.sample] if options.sample else tests


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words = lambda text: [word for word in text.split(",") if word]  # noqa: E731
    parser.add_argument("--suite", type=words, default=["lli", "builtins"], help=", ".join(suites.SUITES))
    parser.add_argument("--runner", default=str(ROOT / "build/release/tools/ajit-run/ajit-run"))
    parser.add_argument("--modes", type=words, default=list(DEFAULT_MODES), help=", ".join(run_case.MODES))
    parser.add_argument("--levels", type=words, default=["O0", "O2"])
    parser.add_argument("--all-levels", action="store_true", help="both levels also of what is slow to compile")
    parser.add_argument("--only", default="", metavar="REGEX", help="programs whose name matches")
    parser.add_argument("--sample", type=int, metavar="N", help="only so many, the same ones each time")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--directory", type=pathlib.Path, default=ROOT / "build/torture", help="for sources and results")
    parser.add_argument("--results", type=pathlib.Path, help="default: results.jsonl in the directory")
    parser.add_argument("--table", action="store_true", help="print what the results file says, and run nothing")
    options = parser.parse_args()
    for given, known, what in ((options.suite, suites.SUITES, "suite"), (options.modes, run_case.MODES, "mode")):
        unknown = [word for word in given if word not in known]
        if unknown:
            parser.error(f"unknown {what} {unknown[0]}; there are {', '.join(known)}")
    options.directory = options.directory.resolve()
    options.results = options.results or options.directory / "results.jsonl"
    options.keep = options.directory / "failures"
    options.runner = os.path.abspath(options.runner)
    return options


def run_all(options):
    tests = chosen_tests(options)
    past = read_results(options.results)
    results = [past[key] for key in ((t.suite, t.name, *options.modes) for t in tests) if key in past and is_done(past[key])]
    known = {(result["suite"], result["name"]) for result in results}
    todo = [test for test in tests if (test.suite, test.name) not in known]
    print(f"{len(tests)} programs, {len(results)} of them done before", flush=True)
    start = shown = time.monotonic()
    with options.results.open("a") as stream, concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for future in concurrent.futures.as_completed([pool.submit(run_test, test, options) for test in todo]):
            result = future.result()
            stream.write(json.dumps(result) + "\n")
            stream.flush()
            results.append(result)
            print(*describe(result), sep="\n", end="\n" if describe(result) else "", flush=True)
            now = time.monotonic()
            if now - shown >= PROGRESS_SECONDS:
                shown = now
                done = len(results) - len(known)
                left = (now - start) / done * (len(todo) - done)
                print(f"{len(results)}/{len(tests)}, {now - start:.0f} s, about {left:.0f} s to go", flush=True)
    return results


def main():
    options = parse_arguments()
    if options.table:
        print(table(read_results(options.results).values()))
        return 0
    if not shutil.which(options.runner):
        sys.exit(f"torture: no such runner: {options.runner}")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    options.directory.mkdir(parents=True, exist_ok=True)
    results = run_all(options)
    print(table(results))
    return 0 if all(map(is_done, results)) else 1
