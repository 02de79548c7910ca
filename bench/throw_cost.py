#!/usr/bin/env python3
"""Measures a throw with 10 and with 5,000 functions compiled: the ratio of the costs may be at most 1.2.

    bench/throw_cost.py [--build build/release] [--counts 10,5000] [--repetitions 9] [--instructions]

The generated C++ program has n functions, each with a cleanup and a handler. It calls them all, so that they are
compiled, and then throws through four frames, in timed batches. It prints the median nanoseconds per throw and the cost
of the first throw. Runs with few and with many functions take turns, once with every function at its first tier and
once with default options. clang's link of the same bitcode runs for comparison. On a busy machine use --instructions:
it counts instructions under callgrind in a run with 20,000 throws and in one without, and divides the difference.
"""
import argparse
import pathlib
import re
import statistics
import subprocess
import sys

import measure

LIMIT = 1.2
THROWS = 20000

FUNCTION = """static long f{i}(long x) {{
  Guard guard{{x}};
  try {{
    return x > 1000000 ? level(3, static_cast<int>(x)) : x * {a} % 1009;
  }} catch (int n) {{
    return n + {i};
  }}
}}
"""

PROGRAM = """#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

static long cleanups;
struct Guard {
  long value;
  ~Guard() { cleanups += value & 1; }
};
static long level(int depth, int what) {
  Guard guard{depth};
  if (depth == 0) throw what;
  return level(depth - 1, what) + 1;
}
%s
static long (*const functions[])(long) = {%s};

static double now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e9 + t.tv_nsec;
}

int main(int argc, char** argv) {
  long throws = argc > 1 ? std::atol(argv[1]) : 20000, sum = 0, caught = 0;
  for (auto* function : functions)
    sum += function(sum + 1);
  std::vector<double> batches;
  double first = 0;
  for (long done = 0; done < throws;) {
    double start = now();
    long batch = done ? 500 : 1;
    for (long i = 0; i < batch; i++)
      try {
        level(3, static_cast<int>(i));
      } catch (int n) {
        caught += n == i;
      }
    double spent = (now() - start) / batch;
    done += batch;
    if (batch == 1)
      first = spent;
    else
      batches.push_back(spent);
  }
  std::sort(batches.begin(), batches.end());
  std::printf("%%.1f %%.1f\\n", batches.empty() ? 0 : batches[batches.size() / 2], first);
  return caught < throws;
}
"""


def program(count):
    bodies = "".join(FUNCTION.format(i=i, a=i * 7 % 1000 + 1) for i in range(count))
    return PROGRAM % (bodies, ", ".join(f"f{i}" for i in range(count)))


def build(work, count):
    """(bitcode, native program) with `count` functions."""
    source, bitcode, native = (work / f"throws_{count}{suffix}" for suffix in (".cpp", ".bc", ".native"))
    text = program(count)
    if not source.exists() or source.read_text() != text:
        source.write_text(text)
    if measure.needs(bitcode, source):
        measure.compile_command(["clang++-19", "-O0", "-w", "-std=c++20", "-emit-llvm", "-c", source, "-o", bitcode])
    if measure.needs(native, bitcode):
        measure.compile_command(["clang++-19", "-O0", "-fuse-ld=lld", bitcode, "-o", native])
    return bitcode, native


def nanoseconds(command):
    """[median of the batches, first throw] of one run."""
    result = measure.run([*command, THROWS])
    if result.status != 0:
        sys.exit(f"failed with {result.status}: {' '.join(map(str, command))}")
    return [float(word) for word in result.output.split()]


def instructions(command):
    """Instructions of one throw."""
    totals = []
    for throws in (THROWS, 1):
        text = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *map(str, command), str(throws)],
                              capture_output=True, text=True).stderr
        totals.append(int(re.search(r"Collected : (\d+)", text).group(1)))
    return [(totals[0] - totals[1]) / THROWS, 0.0]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=measure.ROOT / "build/release")
    parser.add_argument("--counts", default="10,5000")
    parser.add_argument("--repetitions", type=int, default=9)
    parser.add_argument("--instructions", action="store_true", help="count instructions instead of time")
    options = parser.parse_args()
    runner, _ = measure.locate(options.build)
    work = options.build / "bench"
    work.mkdir(exist_ok=True)
    few, many = (int(word) for word in options.counts.split(","))
    built = {count: build(work, count) for count in (few, many)}
    peers = {
        "ajit-run, first tier": lambda count: [runner, "--tiers=never", built[count][0]],
        "ajit-run": lambda count: [runner, built[count][0]],
        "native -O0": lambda count: [built[count][1]],
    }
    if options.instructions:  # callgrind would count compile threads as well
        peers = {name: peers[name] for name in ("ajit-run, first tier", "native -O0")}
    samples = {(name, count): [] for name in peers for count in (few, many)}
    for _ in range(1 if options.instructions else options.repetitions):
        for name, command in peers.items():
            for count in (few, many):
                one = instructions if options.instructions else nanoseconds
                samples[name, count].append(one(command(count)))
    missed = False
    unit = "instructions" if options.instructions else "ns"
    print(f"{measure.machine()}; medians of {options.repetitions} interleaved runs, {unit} per throw through 4 frames")
    for name in peers:
        medians = [statistics.median(run[0] for run in samples[name, count]) for count in (few, many)]
        firsts = [statistics.median(run[1] for run in samples[name, count]) for count in (few, many)]
        ratio = medians[1] / medians[0]
        ours = name.startswith("ajit-run")
        missed |= ours and ratio > LIMIT
        verdict = ("pass" if ratio <= LIMIT else "FAIL") if ours else "    "
        print(f"{verdict}  {name:<21} {few} functions {medians[0]:7.0f}, {many} functions {medians[1]:7.0f}, "
              f"ratio {ratio:.2f}; first throw {firsts[0] / 1000:.0f} and {firsts[1] / 1000:.0f} µs")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
