#!/usr/bin/env python3
"""Makes compile threads of ajit-run fault, and memory run out in them. The programs must not notice.

    inject_faults.py --runner ajit-run --clang clang --nm nm [--faults N] [--failures N] [--seed N] [--found DIRECTORY]

Faults: hot programs run, and at random times a compile thread of theirs (of a
child of theirs too) is stopped at a random instruction and jumps to an address
without memory. This is done in guarded work (compile_guard.h), where 998 of 1000
instructions are. In the heap and outside of guarded work a program may end by a
fault, but not hang; --heap-faults and --outside-faults try these.

Failures: calls of mmap fail in compile threads, or in all threads with --sync,
or RLIMIT_AS or RLIMIT_DATA is small from the start or becomes so at some time.

Each program must end as its native build: output, standard error, status. If
memory that a first call or the start needs is short, ajit-run may refuse with
one line instead. Runs that end otherwise are kept in DIRECTORY.
"""
import argparse
import collections
import os
import pathlib
import random
import re
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time

import hot_programs
from traced_threads import COMPILE_THREAD, Runner, Stopped, compile_threads, may_trace

PRELOADED = pathlib.Path(__file__).parent / "programs" / "failing_mmap.c"
LIMIT = 60  # seconds
REFUSAL = re.compile(r"(ajit|ajit-run): error: .*\n")
# What ajit-run says of threads that it does without.
NOTE = re.compile(r"ajit: \[tier\] cannot start .*\n")
SKIPPED = 77


class Program:
    def __init__(self, options, kind, variant, directory):
        self.kind, self.name = kind, f"{kind}-{variant}"
        rng = random.Random(f"{options.seed} {self.name}")
        text = directory / (self.name + hot_programs.suffix(kind))
        text.write_text(hot_programs.source(kind, rng, functions=rng.randrange(90, 170), rounds=rng.randrange(12, 30)))
        self.bitcode, native = directory / (self.name + ".bc"), directory / self.name
        driver = [options.clang] + (["--driver-mode=g++"] if kind == "throws" else [])
        level = rng.choice(("-O0", "-O1", "-O2"))
        flags = [level, "-w"] + (["-Xclang", "-disable-O0-optnone"] if level == "-O0" else [])
        subprocess.run([*driver, *flags, "-c", "-emit-llvm", text, "-o", self.bitcode], check=True)
        subprocess.run([*driver, *flags, text, "-o", native, "-pthread"], check=True)
        done = subprocess.run([native], capture_output=True, text=True, timeout=LIMIT)
        self.expected = (done.stdout, done.stderr, done.returncode)


class Run:
    """A program under ajit-run. `events` says what was done to it."""

    def __init__(self, options, program, scratch, flags=(), environment=None, limits=()):
        self.options, self.program, self.events = options, program, []
        self.outputs = [open(scratch / name, "w+") for name in ("stdout", "stderr")]
        self.command = [options.runner, *flags, str(program.bitcode)]
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=self.outputs[0], stderr=self.outputs[1],
            env=dict(os.environ, **(environment or {})), start_new_session=True,
            preexec_fn=lambda: [resource.setrlimit(*limit) for limit in limits])  # fmt: skip
        self.start = time.monotonic()

    def is_over(self):
        return self.process.poll() is not None or time.monotonic() - self.start > LIMIT

    def end(self):
        """What became of it: "as natively", "refused", "hang" or "other"."""
        try:
            self.process.wait(max(0.0, LIMIT - (time.monotonic() - self.start)))
            hangs = False
        except subprocess.TimeoutExpired:
            hangs = True
            self.events.append(self.backtraces())
        try:
            os.killpg(self.process.pid, 9)
        except ProcessLookupError:
            pass
        self.process.wait()
        texts = []
        for output in self.outputs:
            output.seek(0)
            texts.append(output.read())
            output.close()
        self.result = (*texts, self.process.returncode)
        if hangs:
            return "hang"
        if (self.result[0], NOTE.sub("", self.result[1]), self.result[2]) == self.program.expected:
            return "as natively"
        refused = self.result[2] == 1 and not self.result[0] and REFUSAL.fullmatch(NOTE.sub("", self.result[1]))
        return "refused" if refused else "other"

    def backtraces(self):
        gdb = shutil.which("gdb")
        if not gdb:
            return "no gdb"
        command = [gdb, "-nx", "-batch", "-p", str(self.process.pid), "-ex", "thread apply all bt 25"]
        return subprocess.run(command, capture_output=True, text=True).stdout

    def report(self):
        out, err, status = self.result
        return "\n".join([" ".join(self.command), *self.events, f"expected {self.program.expected}",
                          f"status {status}", f"stdout {out!r}", err])  # fmt: skip


class Bench:
    def __init__(self, options, scratch):
        self.options, self.scratch = options, scratch
        self.runner = Runner(options.runner, options.nm)
        self.programs = [Program(options, kind, variant, scratch)
                         for kind in hot_programs.KINDS for variant in range(options.variants)]  # fmt: skip
        self.preloaded = scratch / "failing_mmap.so"
        subprocess.run([options.clang, "-O1", "-shared", "-fPIC", PRELOADED, "-o", self.preloaded], check=True)
        self.failed = 0

    def close(self, run, outcome, number, may_refuse=False, may_end=False):
        if outcome == "as natively" or (may_refuse and outcome == "refused"):
            return
        bad = not may_end or outcome == "hang"
        self.failed += bad
        name = f"{outcome}-{run.program.name}-{number}"
        print(f"{'FAIL' if bad else 'ends'} {name}: status {run.result[2]}, {run.result[1][:300]!r}, {run.events[-1:]}"[:1000], flush=True)
        if self.options.found:
            self.options.found.mkdir(parents=True, exist_ok=True)
            (self.options.found / f"{name}.txt").write_text(run.report())
            shutil.copy(run.program.bitcode, self.options.found / f"{name}.bc")

    # Faults

    def inject(self, run, place, chance, counts):
        """Makes one thread fault, if there is one in `place`."""
        threads = compile_threads(run.process.pid)
        if not threads:
            return
        with Stopped(*chance.choice(threads)) as stopped:
            if stopped.registers is None or stopped.in_system_call():
                return
            try:
                found, where = stopped.place(self.runner), self.runner.function_at(stopped.registers.rip)
                if found != place or (self.options.only and not self.options.only.search(where)):
                    counts[f"stops in the {found} passed by" if found != "outside" else "stops outside passed by"] += 1
                    return
                stopped.make_fault()
            except (OSError, struct.error):
                return  # the process has ended meanwhile
            counts["faults"] += 1
            run.events.append(f"{time.monotonic() - run.start:.3f} s: {place}: {where}")

    def faults(self, place, wanted, most_each, pause, must_survive=True):
        """`wanted` faults in `place`; at most `most_each` in a run."""
        counts, outcomes, number = collections.Counter(), collections.Counter(), 0
        while counts["faults"] < wanted:
            number += 1
            chance = random.Random(f"{self.options.seed} {place} {number}")
            run = Run(self.options, chance.choice(self.programs), self.scratch,
                      flags=chance.choice(([], [], ["--tiers=1,2,3"])))  # fmt: skip
            most = min(chance.randrange(most_each) + 1, wanted - counts["faults"])
            while len(run.events) < most and not run.is_over():
                time.sleep(chance.random() * pause)
                self.inject(run, place, chance, counts)
            outcome = run.end()
            outcomes[outcome] += 1
            self.close(run, outcome, f"{place}-{number}", may_end=not must_survive)
        show(f"faults, {place}", number, counts, outcomes)

    # Failures of memory

    def failing_mmap(self, chance, counts):
        everywhere = chance.random() < 0.3
        log = self.scratch / "log"
        log.write_bytes(b"")
        # Before the eighth call, all threads: jemalloc starts, and crashes if it finds no memory.
        first = chance.randrange(8, 40) if everywhere else chance.randrange(1, 6)
        orders = {"AJIT_MMAP_THREADS": "" if everywhere else COMPILE_THREAD, "AJIT_MMAP_FIRST": str(first),
                  "AJIT_MMAP_COUNT": str(chance.choice((1, 1, 2, 5, 1000000))),
                  "AJIT_MMAP_LOG": str(log), "LD_PRELOAD": str(self.preloaded)}  # fmt: skip
        flags = ["--sync"] if everywhere else chance.choice(([], ["--tiers=1,2,3"]))
        # Where all threads are concerned, a child may be refused memory for a first call.
        program = chance.choice([p for p in self.programs if not everywhere or p.kind != "forks"])
        run = Run(self.options, program, self.scratch, flags, orders)
        run.events.append(str(orders))
        outcome = run.end()
        counts["mmap calls that failed"] += log.stat().st_size
        return run, outcome, log.stat().st_size > 0, everywhere

    def limited(self, chance, counts):
        # Under a limit of the process, the program's own threads find no memory natively either.
        program = chance.choice([p for p in self.programs if p.kind in ("plain", "handlers", "throws")])
        name = chance.choice(("AS", "DATA"))
        which = getattr(resource, f"RLIMIT_{name}")
        flags = chance.choice(([], ["--tiers=1,2,3"], ["--sync"]))
        if chance.random() < 0.3:
            size = int(self.usual[name] * chance.uniform(0.02, 1.1))
            run = Run(self.options, program, self.scratch, flags, limits=[(which, (size, size))])
            run.events.append(f"RLIMIT_{name} {size} from the start")
        else:
            run = Run(self.options, program, self.scratch, flags)
            time.sleep(chance.random() * 0.4)
            now = memory_of(run.process.pid, name)
            if now:
                size = now + chance.choice((0, 1, 4, 16)) * chance.randrange(1 << 20)
                resource.prlimit(run.process.pid, which, (size, size))
                run.events.append(f"RLIMIT_{name} {size} at {time.monotonic() - run.start:.3f} s, when it had {now}")
        return run, run.end(), bool(run.events), True

    def failures(self):
        counts, outcomes, number, done = collections.Counter(), collections.Counter(), 0, 0
        self.usual = self.usual_memory() if self.options.failures else {}
        while done < self.options.failures:
            number += 1
            chance = random.Random(f"{self.options.seed} failure {number}")
            way = chance.choice((self.failing_mmap, self.limited))
            run, outcome, effective, may_refuse = way(chance, counts)
            done += effective
            counts[f"runs {way.__name__}" + ("" if effective else " without effect")] += 1
            outcomes[outcome] += 1
            self.close(run, outcome, f"m{number}", may_refuse)
        show("failures of memory", number, counts, outcomes)

    def usual_memory(self):
        """What ajit-run takes without limits."""
        run = Run(self.options, self.programs[0], self.scratch)
        most = {"AS": 0, "DATA": 0}
        while not run.is_over():
            for name in most:
                most[name] = max(most[name], memory_of(run.process.pid, name))
            time.sleep(0.01)
        run.end()
        return most


def memory_of(process, name):
    """In bytes, as RLIMIT_AS and RLIMIT_DATA count it. 0 if the process has ended."""
    try:
        status = pathlib.Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = re.search({"AS": r"VmSize:\s*(\d+)", "DATA": r"VmData:\s*(\d+)"}[name], status)
    return int(found[1]) * 1024 if found else 0


def show(what, runs, counts, outcomes):
    if not runs:
        return
    print(f"{what}: {runs} runs; " + ", ".join(f"{n} {k}" for k, n in sorted(counts.items())) + "; ended: "
          + ", ".join(f"{n} {k}" for k, n in sorted(outcomes.items())), flush=True)  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runner", required=True, type=os.path.abspath)
    parser.add_argument("--clang", required=True)
    parser.add_argument("--nm", required=True)
    parser.add_argument("--faults", type=int, default=300, help="how many to inject")
    parser.add_argument("--failures", type=int, default=300, help="how many runs are to run out of memory")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--variants", type=int, default=2, help="how many programs of each kind")
    parser.add_argument("--found", type=pathlib.Path, help="for runs that end otherwise")
    parser.add_argument("--only", type=re.compile, help="a pattern: fault only in functions with such names")
    parser.add_argument("--heap-faults", type=int, default=0, help="how many to inject in the heap")
    parser.add_argument("--outside-faults", type=int, default=0, help="how many to inject outside of guarded work")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="ajit-inject-") as scratch:
        if options.faults and not may_trace():
            print("this system lets no process trace its child")
            return SKIPPED
        bench = Bench(options, pathlib.Path(scratch))
        bench.faults("compiler", options.faults, most_each=8, pause=0.05)
        bench.faults("heap", options.heap_faults, most_each=1, pause=0.005, must_survive=False)
        bench.faults("outside", options.outside_faults, most_each=1, pause=0.0005, must_survive=False)
        bench.failures()
    return 1 if bench.failed else 0


if __name__ == "__main__":
    sys.exit(main())
