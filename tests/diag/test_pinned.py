#!/usr/bin/env python3
"""Tests that --explain-tiers reports each cause that keeps a function at its first tier.

Each program calls its pinned function and an ordinary one 300 times, with a threshold of 100. The ordinary one changes
tier; --explain-tiers says that the other stays, and why. tests/run checks the results of such programs.
"""
import argparse
import pathlib
import re
import subprocess
import sys
import tempfile

ORDINARY = "__attribute__((noinline)) static long ordinary(long x) { return x * 3 + 1; }\n"
MAIN = """
int main(void) {
  long sum = 0;
  for (long i = 0; i < 300; i++)
    sum += pinned(i) + ordinary(i);
  return sum == 1;
}
"""
C_PROGRAMS = {
    "naked": '__attribute__((naked, noinline)) static long pinned(long x) { __asm__("lea 5(%rdi), %rax\\nret"); }',
    "the address of a label escapes": """
static void* kept;
__attribute__((noinline)) static long pinned(long x) {
  void* target = x % 2 ? &&odd : &&even;
  kept = &&even;
  goto *target;
odd:
  return 1;
even:
  return 2;
}""",
    "compares depths of the stack": """
static char* seen;
__attribute__((noinline)) static long pinned(long x) {
  char here;
  long same = seen == &here;
  seen = &here;
  return same;
}""",
    "a table of label addresses is visible outside": """
static void* table[2];
void set(void*** where) { *where = table; }
__attribute__((noinline)) static long pinned(long x) {
  static void* const labels[] = {&&odd, &&even};
  table[0] = labels[0], table[1] = labels[1];
  goto *table[x % 2];
odd:
  return 1;
even:
  return 2;
}""",
}
PROLOGUE_DATA = """
define i64 @pinned(i64 %x) noinline prologue <{ i8, i8, i32 }> <{ i8 235, i8 4, i32 7 }> {
  %y = add i64 %x, 3
  ret i64 %y
}
define i64 @ordinary(i64 %x) noinline {
  %y = mul i64 %x, 3
  ret i64 %y
}
define i32 @main() {
entry:
  br label %loop
loop:
  %i = phi i64 [ 0, %entry ], [ %next, %loop ]
  %a = call i64 @pinned(i64 %i)
  %b = call i64 @ordinary(i64 %i)
  %next = add i64 %i, 1
  %again = icmp slt i64 %next, 300
  br i1 %again, label %loop, label %done
done:
  ret i32 0
}
"""


def problems_of(runner, directory, reason, language, text):
    source, bitcode = directory / f"program.{language}", directory / "program.bc"
    source.write_text(text)
    subprocess.run(["clang-19", "-Wno-override-module", "-w", "-O0", "-emit-llvm", "-c", source, "-o", bitcode], check=True)
    run = subprocess.run([runner, "--explain-tiers", "--sync", bitcode], capture_output=True, text=True)
    problems = []
    if run.returncode != 0:
        problems.append(f"ended with {run.returncode}")
    if not re.search(rf"ms  pinned: keeps O\d: {re.escape(reason)}$", run.stderr, re.MULTILINE):
        problems.append("does not say why pinned stays")
    if re.search(r"ms  pinned: (enqueue|compile|install)", run.stderr):
        problems.append("recompiles pinned")
    if not re.search(r"ms  ordinary: install O0 -> O1", run.stderr):
        problems.append("does not recompile ordinary")
    return [f"{reason}: {problem}:\n{run.stderr}" for problem in problems]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runner", required=True)
    options = parser.parse_args()
    programs = [(reason, "c", text + "\n" + ORDINARY + MAIN) for reason, text in C_PROGRAMS.items()]
    programs.append(("has prologue data of its own", "ll", 'target triple = "x86_64-pc-linux-gnu"\n' + PROLOGUE_DATA))
    problems = []
    with tempfile.TemporaryDirectory(prefix="ajit-pinned-") as directory:
        for program in programs:
            problems += problems_of(options.runner, pathlib.Path(directory), *program)
    print("\n".join(problems) or f"{len(programs)} reasons are said")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
