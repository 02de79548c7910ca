#!/usr/bin/env python3
"""Programs with one giant function, whose compiles take seconds: nothing that the program does waits for them.

    long_compiles.py --runner build/release/tools/ajit-run/ajit-run --clang clang-19

Prints the figures behind each check. Ratios are wide, as the machine may be busy.
"""
import argparse
import json
import pathlib
import random
import re
import signal
import subprocess
import sys
import tempfile
import time

HEAD = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
static unsigned T[1024];
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec * 1e-9; }
"""

MAIN = """
static unsigned heat(double seconds, int with_giant) {
  unsigned s = 1;
  if (with_giant) for (int i = 0; i < 20000; i++) s += giant(s);
  for (double end = now() + seconds; now() < end;) for (int i = 0; i < SMALL; i++) for (int j = 0; j < 50; j++) s += F[i](s);
  return s;
}
int main(int count, char** words) {
  const char* what = count > 1 ? words[1] : "";
  if (!strcmp(what, "first")) { puts("ready"); fflush(stdout); giant(1); puts("called"); return 0; }
  unsigned s = heat(strcmp(what, "lanes") ? 0.3 : 6, count < 3);
  if (!strcmp(what, "forks")) {
    double worst = 0, sum = 0;
    for (int i = 0; i < 100; i++) {
      double start = now();
      pid_t child = fork();
      if (!child) _exit(0);
      double took = now() - start;
      sum += took;
      if (took > worst) worst = took;
      waitpid(child, NULL, 0);
    }
    printf("%f %f\\n", sum / 100, worst);
  }
  fflush(stdout);
  exit(s == 0);
}
"""


def source(cases, small):
    rng = random.Random(9)
    lines = [HEAD, "__attribute__((noinline)) unsigned giant(unsigned x) { unsigned s = x, a = 1, b = 2;",
             f"for (int n = 0; n < 2; n++) switch ((x + n) % {cases}) {{"]
    for k in range(cases):
        lines.append(f"case {k}: for (unsigned j = 0; j < (a & 3) + 1; j++) {{ s += T[(s + j * {rng.randrange(1, 99)}) & 1023] * b;"
                     f" a ^= s >> {rng.randrange(1, 20)}; if (a & {1 << rng.randrange(16)}) b += a; }} T[a & 1023] = s;"
                     + (" break;" if rng.random() < 0.8 else ""))
    lines.append("} return s ^ a ^ b; }")
    for i in range(small):
        lines.append(f"__attribute__((noinline)) unsigned f{i}(unsigned x) {{ for (unsigned j = 0; j < (x & 3); j++)"
                     f" x = T[x & 1023] + x * {2 * i + 3}; return x ^ {i}; }}")
    lines.append(f"enum {{ SMALL = {small} }}; static unsigned (*const F[])(unsigned) = {{"
                 + ",".join(f"f{i}" for i in range(small)) + "};")
    return "\n".join(lines) + MAIN


class Bench:
    def __init__(self, options, directory):
        self.options, self.directory, self.failures = options, pathlib.Path(directory), 0

    def bitcode(self, cases, small):
        path = self.directory / f"giant{cases}.bc"
        if not path.exists():
            text = self.directory / f"giant{cases}.c"
            text.write_text(source(cases, small))
            subprocess.run([self.options.clang, "-O1", "-Xclang", "-disable-llvm-passes", "-c", "-emit-llvm", text, "-o",
                            path], check=True)
        return path

    def run(self, bitcode, *words, flags=()):
        start = time.monotonic()
        done = subprocess.run([self.options.runner, *flags, bitcode, *words], capture_output=True, text=True,
                              timeout=280)
        return done, time.monotonic() - start

    def check(self, name, good, figures):
        print(f"{'ok  ' if good else 'FAIL'} {name}: {figures}", flush=True)
        self.failures += not good


def budget(bench):
    done, _ = bench.run(bench.bitcode(100, 20), flags=["--compile-budget=20", "--stats=json"])
    notes = re.findall(r'"note": *"([^"]*gave up after[^"]*)"', done.stderr)
    bench.check("a compile gives up when its budget is spent", done.returncode == 0 and len(notes) >= 1, notes[:3])


def exit_at_once(bench):
    bitcode = bench.bitcode(400, 200)
    _, alone = bench.run(bitcode, "exit", "alone")
    done, beside = bench.run(bitcode, "exit")
    _, first = bench.run(bitcode, "first")
    # Its compile at O3 alone takes ten times as long as that at its first call.
    bench.check("exit does not wait for a compile", done.returncode == 0 and beside < 2 * (alone + first) + 1,
                f"{beside:.2f} s; {alone:.2f} s without the giant, {first:.2f} s for its first call")


def forks(bench):
    bitcode = bench.bitcode(400, 200)
    done, _ = bench.run(bitcode, "forks")
    mean, worst = (float(word) for word in done.stdout.split())
    bench.check("forks do not wait for a compile", mean < 0.1, f"mean {mean * 1e3:.2f} ms, worst {worst * 1e3:.2f} ms")


def lanes(bench):
    bitcode = bench.bitcode(400, 200)

    def installed(*words):
        done, _ = bench.run(bitcode, "lanes", *words, flags=["--stats=json"])
        text = done.stderr[done.stderr.index("{"):]
        times = []
        for function in json.loads(text)["functions"]:
            if re.fullmatch(r"f\d+", function["name"]):
                times.append(function["tiers"].get("O3", {}).get("published_ms", float("inf")))
        return max(times)

    alone, beside = installed("alone"), installed()
    first = bench.run(bitcode, "first")[1] * 1000
    bench.check("a giant function does not block others", beside < 4 * alone + first,
                f"all at O3 after {beside:.0f} ms, {alone:.0f} ms without it, its first call takes {first:.0f} ms")


def terminate(bench):
    bitcode = bench.bitcode(4000, 1)
    _, whole = bench.run(bitcode, "first")
    process = subprocess.Popen([bench.options.runner, bitcode, "first"], stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    time.sleep(0.05)
    start = time.monotonic()
    process.send_signal(signal.SIGTERM)
    rest = process.stdout.read()
    process.wait()
    took = time.monotonic() - start
    bench.check("SIGTERM ends a first call", process.returncode == -signal.SIGTERM and not rest and took < whole / 2,
                f"{took:.2f} s of {whole:.2f} s")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runner", required=True)
    parser.add_argument("--clang", required=True)
    parser.add_argument("--only", help="the name of one check")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        bench = Bench(options, directory)
        for check in [budget, exit_at_once, forks, lanes, terminate]:
            if options.only in (None, check.__name__):
                check(bench)
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
