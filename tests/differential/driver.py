"""Runs generated programs natively and under ajit-run, and compares.

    scripts/differential.py                                  # 20 programs of each kind
    scripts/differential.py --kind csmith=1..2000 --results long.jsonl --keep failures
    scripts/differential.py --kind loops,cfg --seeds 7..7 --levels O2 --modes eager-sync
    scripts/differential.py --show loops=7                   # the program itself
    scripts/differential.py --reduce failures/loops-7        # a smaller program that still differs

Programs come from generators (tests/differential/sources) and from csmith; a
kind and a seed name a program. The command compiles each program to bitcode at
each level, links it natively from that bitcode and runs it in each mode. The
exit status is 0 if all runs agreed, 1 if a run differed or a generator failed,
2 for wrong usage and 77 if the command could run no program.
"""
import argparse
import concurrent.futures
import os
import pathlib
import resource
import shlex
import sys
import tempfile
import time

import check
import reduce
import results
import sources
from modes import Modes
from program import CompileError, NoProgram

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
NOTHING_RUN = 77  # ctest reports this status as "skipped"
DEFAULT_RUNNER = ROOT / "build/release/tools/ajit-run/ajit-run"


def seed_range(text):
    """"3..7" or "3"."""
    first, _, last = text.partition("..")
    return range(int(first), int(last or first) + 1)


def parse_arguments(arguments):
    kinds = "".join(f"\n  {kind:<14}{title}" for kind, title in sources.KINDS.items())
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="kinds:" + kinds, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runner", default=str(DEFAULT_RUNNER), help="the ajit-run command (%(default)s)")
    parser.add_argument("--kind", help="comma separated, each with or without its own seeds: csmith=1..50,loops (all)")
    parser.add_argument("--seeds", default="1..20", type=seed_range, help="A..B, of kinds without their own (1..20)")
    parser.add_argument("--levels", default="O0,O2", help="of the bitcode, comma separated (%(default)s)")
    parser.add_argument("--modes", help="comma separated (all that the runner can do)")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count(), help="programs at once (%(default)s)")
    parser.add_argument("--keep", metavar="DIR", help="keep what differs: source, bitcode, outputs, commands")
    parser.add_argument("--results", metavar="FILE", help="a line per program; what is in it already is not run again")
    parser.add_argument("--seconds", type=float, help="start no further program after so many seconds")
    parser.add_argument("--native-seconds", type=float, default=3, help="limit of a native run (%(default)g)")
    parser.add_argument("--mode-seconds", type=float, default=60, help="limit of any other run (%(default)g)")
    parser.add_argument("--show", metavar="KIND=SEED", help="print the program and end")
    parser.add_argument("--reduce", metavar="DIR", help="reduce a kept program")
    parser.add_argument("--reducer", choices=reduce.REDUCERS, help="with --reduce (the first that is installed)")
    parser.add_argument("--delta-passes", metavar="LIST", help="with --reduce: those of llvm-reduce (all)")
    parser.add_argument("--interesting", nargs=2, metavar=("JSON", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        options.programs = list_programs(options)
    except ValueError as error:
        parser.error(str(error))
    return options


def list_programs(options):
    """(kind, seed) in an order that mixes the kinds, so that even an interrupted run covers all kinds."""
    rows = []
    for item in (options.kind or ",".join(sources.KINDS)).split(","):
        kind, _, seeds = item.partition("=")
        if kind not in sources.KINDS:
            raise ValueError(f"unknown kind {kind!r}; there are {', '.join(sources.KINDS)}")
        rows.append([(kind, seed) for seed in (seed_range(seeds) if seeds else options.seeds)])
    most = max(map(len, rows))
    places = [(i * most // len(row), program) for row in rows for i, program in enumerate(row)]
    return [program for _, program in sorted(places, key=lambda place: place[0])]


def run_one(kind, seed, settings):
    try:
        program = sources.generate(kind, seed)
    except (NoProgram, CompileError) as error:
        status = "skipped" if isinstance(error, NoProgram) else "invalid"
        return dict(
            kind=kind, seed=seed, levels=settings.levels, modes=settings.modes.names, status=status,
            reason=str(error), runs=0, failures=[], seconds=0.0,
        )  # fmt: skip
    # A process that exceeded its time limit may still write there.
    directory = tempfile.TemporaryDirectory(prefix=f"differential-{program.name}-", ignore_cleanup_errors=True)
    with directory as scratch:
        return check.Check(program, settings, pathlib.Path(scratch)).run()


def run_all(options, settings):
    """Runs the programs that the results file lacks; returns all results, old and new."""
    file = results.ResultsFile(options.results, settings.levels, settings.modes.names)
    done = [file.past[program] for program in options.programs if program in file.past]
    todo = iter([program for program in options.programs if program not in file.past])
    progress = results.Progress(len(options.programs), len(done))
    end = time.monotonic() + options.seconds if options.seconds else None
    running = set()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        while True:
            while len(running) < options.jobs and not (end and time.monotonic() > end):
                program = next(todo, None)
                if program is None:
                    break
                running.add(pool.submit(run_one, *program, settings))
            if not running:
                break
            ended, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
            for future in ended:
                result = future.result()
                file.add(result)
                done.append(result)
                progress.add(result)
    progress.clear()
    return done


def report(done, options, settings):
    print(f"levels {', '.join(settings.levels)}; modes {', '.join(settings.modes.names)}")
    if settings.modes.left_out:
        print(f"left out, since the runner has no such options: {', '.join(settings.modes.left_out)}")
    if len(done) < len(options.programs):
        print(f"{len(options.programs) - len(done)} programs were not started within {options.seconds:g} s")
    for result in done:
        if result["status"] == "skipped":
            print(f"skipped {result['kind']} seed {result['seed']}: {result['reason']}")
    print(results.table(done, sources.KINDS))
    if done and all(result["status"] == "skipped" for result in done):
        return NOTHING_RUN
    # An ambiguous csmith program shows a fault of csmith or clang; one of ours breaks our generator's promise.
    bad = [
        result
        for result in done
        if result["status"] in ("different", "invalid")
        or (result["status"] == "ambiguous" and result["kind"] != "csmith")
    ]
    return 1 if bad else 0


def main(arguments=None):
    options = parse_arguments(arguments)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if options.show:
        kind, _, seed = options.show.partition("=")
        print(sources.generate(kind, int(seed)).text)
        return 0
    if options.interesting:
        return reduce.interesting(*map(pathlib.Path, options.interesting))
    if options.reduce:
        return reduce.main(pathlib.Path(options.reduce), options.reducer, options.delta_passes)
    runner = shlex.split(options.runner)
    if os.path.exists(runner[0]):  # otherwise the PATH decides
        runner[0] = os.path.abspath(runner[0])  # runs start in directories of their own
    try:
        modes = Modes(runner, options.modes.split(",") if options.modes else None)
    except (OSError, ValueError) as error:
        print(f"differential: {error}", file=sys.stderr)
        return 2
    levels = options.levels.split(",")
    settings = check.Settings(runner, modes, levels, options.native_seconds, options.mode_seconds, options.keep)
    try:
        return report(run_all(options, settings), options, settings)
    except KeyboardInterrupt:
        print("\nstopped" + (f"; the same command goes on from {options.results}" if options.results else ""))
        return 130
