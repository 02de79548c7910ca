#!/usr/bin/env python3
"""Runs mutated modules under ajit-run and looks for faults of ajit itself.

    fuzz_modules.py --runner ajit-run --found DIRECTORY [--seconds N | --runs N] [--seed N] module...

Mutations: bits of the file; operands of bitcode records, the container staying
whole; tokens and lines of textual IR (with llvm-dis). Each input is run once, in
a mode that reads it only, calls each function at O0, or compiles at O3.

A mutated program may crash or loop, and does so natively too. These are faults
of ajit:
  crash     the faulting frame is the runner's own or LLVM's
  hang      10 s have passed, and the thread is in the runner
  refusal   a refusal of more than one line, or with a status other than 1
Each is kept in DIRECTORY with its command and output.
"""
import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "diag"))
from bitstream import Bitstream  # noqa: E402

LIMIT = 10  # seconds
MODES = {
    "load": ["--entry=a function that no module has"],
    "first-call": ["--max-tier=O0"],
    "O3": ["--min-tier=O3", "--sync"],
    "tiers": ["--tiers=1,2,3", "--sync"],
}
# Programs that could harm the machine once their arguments are mutated.
UNSAFE = re.compile(rb"kill|unlink|remove|rename|fork|exec|system|rmdir|truncate|mount|reboot|chmod|chown|ptrace|mkdir")
REFUSAL = re.compile(r"ajit(-run)?: error: ")
FRAME = re.compile(r"^\s+#\d+\s+0x[0-9a-f]+ (.*)$", re.M)
TOKEN = re.compile(r"[%@!#]?[A-Za-z_.$][\w.$]*|-?\d+|[^\s\w]")


class Seed:
    def __init__(self, path, llvm_dis):
        self.name = path.name
        self.data = path.read_bytes()
        try:
            self.records = [record for record in Bitstream(self.data).records() if record.operands]
        except (IndexError, KeyError, ValueError):
            self.records = []
        text = subprocess.run([llvm_dis, str(path), "-o", "-"], capture_output=True)
        self.lines = text.stdout.decode(errors="replace").splitlines() if text.returncode == 0 else []


def flip_bits(seed, chance):
    data = bytearray(seed.data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        bit = chance.randrange(64, len(data) * 8)  # the magic stays
        data[bit // 8] ^= 1 << bit % 8
    return bytes(data)


def change_operands(seed, chance):
    if not seed.records:
        return flip_bits(seed, chance)
    stream = Bitstream(seed.data)
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        operand = chance.choice(chance.choice(seed.records).operands)
        largest = (1 << min(operand.width, 63)) - 1
        near = max(0, operand.value + chance.choice((-2, -1, 1, 2))) if isinstance(operand.value, int) else 0
        value = chance.choice((0, 1, near, near, largest, chance.randrange(largest + 1)))
        try:
            stream.put(operand, value)
        except Exception:  # a value that the encoding has no room for
            continue
    return bytes(stream.data)


def change_text(seed, chance):
    if not seed.lines:
        return flip_bits(seed, chance)
    lines = list(seed.lines)
    for _ in range(chance.choice((1, 1, 2, 3))):
        at = chance.randrange(len(lines))
        other = chance.choice(seed.lines)
        what = chance.randrange(6)
        if what == 0:
            del lines[at]
        elif what == 1:
            lines.insert(at, other)
        elif what == 2:
            lines[at] = other
        else:
            here, there = list(TOKEN.finditer(lines[at])), TOKEN.findall(other)
            if here and there:
                token = chance.choice(here)
                alike = [t for t in there if t[0] == token.group()[0]] or there
                new = chance.choice(alike)
                if token.group().lstrip("-").isdigit():
                    new = chance.choice((new, "0", "-1", "1", "7", "64", "4294967295", "9223372036854775807"))
                lines[at] = lines[at][: token.start()] + new + lines[at][token.end() :]
        if not lines:
            return b""
    return "\n".join(lines).encode() + b"\n"


MUTATIONS = (flip_bits, change_operands, change_operands, change_text)


def limits():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))


def faulting_frames(report):
    """What the runner's backtrace shows below the signal's frames."""
    frames = FRAME.findall(report)
    for at, frame in enumerate(frames):
        if "libc.so" in frame:  # the trampoline
            return frames[at + 1 :]
    return frames


def is_own(frames):
    """Whether the fault is in the runner, perhaps in a function of the C library that it called."""
    library = [".so" in frame for frame in frames]
    below = frames[library.index(False) :] if False in library else []
    if not below or "(ajit-run" not in below[0]:
        return False
    # A handler of exit() that is a function of a library: main has called exit().
    from_main = len(below) > 1 and "libc.so" in below[1]
    return not (library[0] and from_main)


def classify(process, output, timed_out):
    report = output.decode(errors="replace")
    if timed_out:
        return "hang" if is_own(faulting_frames(report)) else "program loops"
    if process.returncode < 0:
        return "crash" if is_own(faulting_frames(report)) else "program crashes"
    if REFUSAL.search(report):
        if process.returncode != 1 or len(report.splitlines()) != 1:
            return "refusal" if report.startswith("ajit") else "program runs"
        return "refused"
    return "program runs"


def run(options, mode, path, scratch):
    command = [options.runner, *MODES[mode], str(path)]
    with open(scratch / "stderr", "wb+") as errors:
        process = subprocess.Popen(
            command, cwd=scratch, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=errors,
            preexec_fn=limits, start_new_session=True)  # fmt: skip
        timed_out = False
        try:
            process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            timed_out = True
            process.send_signal(signal.SIGSEGV)  # the runner then shows where it is
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        errors.seek(0)
        output = errors.read(1 << 16)
    return classify(process, output, timed_out), command, output


def one(options, seeds, number):
    chance = random.Random(f"{options.seed} {number}")
    seed, mutate, mode = chance.choice(seeds), chance.choice(MUTATIONS), chance.choice(list(MODES))
    data = mutate(seed, chance)
    with tempfile.TemporaryDirectory(prefix="ajit-fuzz-") as scratch:
        path = pathlib.Path(scratch) / "module"
        path.write_bytes(data)
        outcome, command, output = run(options, mode, path, pathlib.Path(scratch))
        if outcome in ("crash", "hang", "refusal"):
            name = f"{outcome}-{mode}-{hashlib.sha1(data).hexdigest()[:12]}"
            shutil.copy(path, options.found / name)
            text = f"{' '.join(command)}\nfrom {seed.name} by {mutate.__name__}, number {number}\n".encode() + output
            (options.found / f"{name}.txt").write_bytes(text)
            print(f"{outcome}: {options.found / name}", flush=True)
    return outcome


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runner", required=True, type=os.path.abspath)
    parser.add_argument("--found", required=True, type=pathlib.Path)
    parser.add_argument("--llvm-dis", default="llvm-dis-19")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--runs", type=int, help="instead of --seconds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("modules", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    options.found.mkdir(parents=True, exist_ok=True)
    options.found = options.found.resolve()
    small = [path for path in sorted(options.modules) if path.stat().st_size < 40000]
    seeds = [Seed(path, options.llvm_dis) for path in small if not UNSAFE.search(path.read_bytes())]
    if not seeds:
        parser.error("no module is small and safe enough")
    end = time.monotonic() + options.seconds
    counts = {}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        number = options.first
        while number - options.first < options.runs if options.runs else time.monotonic() < end:
            batch = 50 if not options.runs else min(50, options.runs - (number - options.first))
            for outcome in pool.map(lambda n: one(options, seeds, n), range(number, number + batch)):
                counts[outcome] = counts.get(outcome, 0) + 1
            number += batch
    print(f"{sum(counts.values())} inputs from {len(seeds)} modules: " + ", ".join(f"{n} {k}" for k, n in sorted(counts.items())))
    return 1 if {"crash", "hang", "refusal"} & counts.keys() else 0


if __name__ == "__main__":
    sys.exit(main())
