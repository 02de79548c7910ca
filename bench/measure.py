"""Shared by run.py, bars.py and loops.py: timed, interleaved runs; native builds; verdicts; progress.

Peers take turns within each repetition (A B C, A B C, …), so that a change of
the machine's load or clock affects all of them alike. The commands compare
medians and show the spread next to them.
"""
import argparse
import math
import os
import pathlib
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TIMEOUT = 120.0


class Run:
    """One run: wall and CPU seconds, exit status, standard output; standard error on request."""

    def __init__(self, wall, cpu, status, output, errors=b""):
        self.wall, self.cpu, self.status, self.output, self.errors = wall, cpu, status, output, errors


class Samples:
    """The runs of one peer on one program."""

    def __init__(self):
        self.wall, self.cpu, self.problem = [], [], None

    def add(self, run):
        self.wall.append(run.wall)
        self.cpu.append(run.cpu)

    def median(self, what="wall"):
        values = getattr(self, what)
        return statistics.median(values) if values and not self.problem else None

    def spread(self, what="wall"):
        """Half the distance from the fastest to the slowest run, relative to the median."""
        values = getattr(self, what)
        return (max(values) - min(values)) / 2 / statistics.median(values) if len(values) > 1 else 0.0


def run(command, stdin=None, timeout=TIMEOUT, directory=None, keep_errors=False):
    """Runs a command to its end. CPU time is that of the process and its children, by rusage."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors, open(stdin or os.devnull, "rb") as source:
        start = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command], stdin=source, stdout=output,
            stderr=errors if keep_errors else subprocess.DEVNULL, cwd=directory
        )
        timer = None
        try:
            timer = _kill_later(process, timeout)
            _, status, usage = os.wait4(process.pid, 0)
        finally:
            if timer:
                timer.cancel()
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        return Run(wall, usage.ru_utime + usage.ru_stime, process.returncode, output.read(), errors.read())


def _kill_later(process, timeout):
    timer = threading.Timer(timeout, lambda: os.kill(process.pid, signal.SIGKILL))
    timer.daemon = True
    timer.start()
    return timer


def interleave(peers, repetitions, progress, expected=None, stdin=None, directory=None, timeout=TIMEOUT):
    """{name: Samples} for peers given as {name: command}.

    A peer whose status or output differs from `expected`, a Run, is marked and
    not run again: the time of a wrong answer is meaningless.
    """
    samples = {name: Samples() for name in peers}
    for repetition in range(repetitions):
        for name, command in peers.items():
            mine = samples[name]
            if mine.problem:
                continue
            progress.show(f"{repetition + 1}/{repetitions} {name}")
            got = run(command, stdin=stdin, directory=directory, timeout=timeout)
            if got.status == -signal.SIGKILL and got.wall >= timeout:
                mine.problem = f"over {timeout:g} s"
            elif expected and (got.status, got.output) != (expected.status, expected.output):
                mine.problem = "wrong result" if got.status >= 0 and got.status != 1 else f"fails ({got.status})"
            else:
                mine.add(got)
    progress.clear()
    return samples


def instructions(command, functions=()):
    """How many instructions a command executes, counted by callgrind. `functions` (patterns) restricts the count.

    Unlike times, instruction counts do not depend on the machine's load. None if the command fails.
    """
    known = subprocess.run(["nm", "-C", command[0]], capture_output=True, text=True).stdout
    if unknown := [function for function in functions if f" {function.rstrip('*')}" not in known]:
        raise RuntimeError(f"{command[0]} has no function {unknown[0]}: its instructions would count as none")
    with tempfile.TemporaryDirectory(prefix="ajit-bench-") as scratch:
        out = pathlib.Path(scratch) / "callgrind.out"
        tool = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={out}"]
        tool += [f"--toggle-collect={function}" for function in functions]
        got = run([*tool, *command], timeout=1000)
        total = re.search(r"^(?:totals|summary): (\d+)", out.read_text(errors="replace"), re.MULTILINE) if out.exists() else None
        return int(total.group(1)) if total and got.status == 0 else None


class Verdicts:
    """Prints a line per bar: the value, the limit, pass or fail. A value of None (not measured) counts as missed."""

    def __init__(self):
        self.missed = []

    def __call__(self, name, value, limit, unit="", detail=""):
        good = value is not None and value <= limit
        shown = f"{value:.3g}" if value is not None else "not measured"
        print(f"{'pass' if good else 'FAIL'}  {name:<46} {shown:>9} {unit:<3} bar {limit:g}{unit}   {detail}", flush=True)
        if not good:
            self.missed.append(name)
        return good

    def end(self):
        """The last line; the exit status."""
        print(f"{len(self.missed)} missed" if self.missed else "all bars are met")
        return 1 if self.missed else 0


class Progress:
    """On a terminal, one line that is rewritten; otherwise a line per step."""

    def __init__(self):
        self.terminal = sys.stderr.isatty()
        self.step = ""

    def start(self, step):
        self.step = step
        if not self.terminal:
            print(f"… {step}", file=sys.stderr, flush=True)

    def show(self, text):
        if self.terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r{f'{self.step}: {text}'[:width]:<{width}}", end="", file=sys.stderr, flush=True)

    def clear(self):
        if self.terminal:
            print("\r" + " " * (shutil.get_terminal_size().columns - 1) + "\r", end="", file=sys.stderr, flush=True)


def compile_command(command):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}\n{result.stderr[-2000:]}")


def needs(product, *sources):
    return not product.exists() or any(product.stat().st_mtime < pathlib.Path(s).stat().st_mtime for s in sources)


def compiler_of(source):
    return ["clang++-19", "-std=c++20"] if source.suffix == ".cpp" else ["clang-19"]


def bitcode_of(source, out):
    """Compiles a C or C++ source to bitcode with plain clang -O0."""
    if needs(out, source):
        out.parent.mkdir(parents=True, exist_ok=True)
        compile_command([*compiler_of(source), "-O0", "-w", "-emit-llvm", "-c", source, "-o", out])
    return out


def native_of(source, flags, out, link=("-pthread", "-lm")):
    """Compiles a C or C++ source ahead of time. Clang then also uses facts that -O0 bitcode does not carry."""
    if needs(out, source):
        out.parent.mkdir(parents=True, exist_ok=True)
        compile_command([*compiler_of(source), "-w", *flags, source, "-o", out, "-fuse-ld=lld", *link])
    return out


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else None


def page_with(page, text, name):
    """The page with the text between the markers of `name` replaced. If it lacks the markers, they go to its end."""
    begin, end = (f"<!-- bench/{name}: {word} -->" for word in ("begin", "end"))
    block = f"{begin}\n{text}\n{end}"
    if begin in page and end in page:
        before, rest = page.split(begin, 1)
        return before + block + rest.split(end, 1)[1]
    return (page.rstrip() + "\n\n" if page.strip() else "# Performance\n\n") + block + "\n"


def natively(bitcode, flags, out, link=("-pthread", "-lm", "-ldl")):
    """`clang <flags>` of -O0 bitcode, after removing the traces of -O0.

    optnone, and the noinline that clang adds with it, would keep clang from
    optimising. With -march=native this also removes the target CPU from every
    function: it would take precedence over the flag.
    """
    if not needs(out, bitcode):
        return out
    out.parent.mkdir(parents=True, exist_ok=True)
    text = out.with_suffix(".ll")
    compile_command(["llvm-dis-19", bitcode, "-o", text])
    ir = text.read_text(errors="surrogateescape")
    if flags != ["-O0"]:
        ir = re.sub(r"^(attributes #\d+ = \{[^}]*?)\bnoinline (.*?)optnone ", r"\1\2", ir, flags=re.MULTILINE)
    if "-march=native" in flags:
        ir = re.sub(r' ?"(target-cpu|target-features|tune-cpu)"="[^"]*"', "", ir)
    text.write_text(ir, errors="surrogateescape")
    driver = "clang++-19" if "_ZNSt" in ir else "clang-19"
    compile_command([driver, "-Wno-override-module", *flags, text, "-o", out, "-fuse-ld=lld", *link])
    text.unlink()
    return out


def machine():
    """The processor and the LLVM version that the figures are for, in one line."""
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    version = subprocess.run(["lli-19", "--version"], capture_output=True, text=True).stdout
    llvm = re.search(r"version (\S+)", version)
    return f"{model.group(1) if model else 'unknown CPU'}, {os.cpu_count()} cores, LLVM {llvm.group(1) if llvm else '?'}"


def locate(build):
    """The runner and the folder of samples of a build. Exits with a message if one is missing."""
    runner = build / "tools/ajit-run/ajit-run"
    samples = build / "bitcode"
    for path in (runner, samples):
        if not path.exists():
            sys.exit(f"{path} does not exist: build first (cmake --preset release && cmake --build --preset release)")
    return runner, samples


def argument_parser(description):
    """A parser with the options that select the build; find_parts() completes them."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/release")
    parser.add_argument("--runner", type=pathlib.Path, help="another ajit-run than that of the build")
    parser.add_argument("--real", type=pathlib.Path, help="where the real programs are (<build>/real)")
    return parser


def find_parts(options):
    runner, options.samples = locate(options.build)
    options.runner = options.runner or runner
    options.real = options.real or options.build / "real"
    options.work = options.build / "bench"
    options.work.mkdir(exist_ok=True)


def quiet_core_dumps():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
