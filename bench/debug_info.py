#!/usr/bin/env python3
"""What debug information costs: start-up of lua and sqlite3 with -g bitcode and without.

    bench/debug_info.py [--build build/release] [--repetitions 15]

Compiles both programs as scripts/real_programs.py does, with -g as well, at -O0
and at -O2, and runs `lua -e ''` and `sqlite3 :memory: 'SELECT 1'`:

    -g ÷ without     without --debugger: ajit reads only the debug information
                     that it cannot skip, and drops it. The bar is 1.3.
    --debugger ÷     ajit registers its objects for gdb, although no gdb is
    no --debugger    attached: one ratio with -g, one without

Wall times are medians of interleaved runs. valgrind counts the instructions of
all threads; on a busy machine these are the figures to trust. Writes a table to
docs/performance.md between markers. The exit status is 1 if the bar is missed.
"""
import argparse
import copy
import pathlib
import re
import subprocess
import sys

import measure

sys.path.insert(0, str(measure.ROOT / "scripts"))
import real_programs  # noqa: E402

BEGIN, END = "<!-- bench/debug_info.py: begin -->", "<!-- bench/debug_info.py: end -->"
BAR = 1.3
WORK = {"lua": ["-e", ""], "sqlite3": [":memory:", "SELECT 1"]}


def bitcode(out, name, level):
    """The module without and with debug information."""
    plain, debug = (out / f"{name}.{level}.bc", out / f"{name}-g.{level}.bc")
    if not (plain.exists() and debug.exists()):
        archive = real_programs.Archive(out / "packages")
        archive.directory.mkdir(parents=True, exist_ok=True)
        program = real_programs.PROGRAMS[name]
        source = archive.source_of(program.package)
        if program.prepare:
            program.prepare(source)
        with_debug = copy.copy(program)
        with_debug.flags = [*program.flags, "-g"]
        real_programs.compile_level(name, program, source, level, out)
        real_programs.compile_level(f"{name}-g", with_debug, source, level, out)
    return plain, debug


def instructions(command):
    """In millions."""
    output = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *map(str, command)], capture_output=True, text=True
    )
    collected = re.search(r"Collected : (\d+)", output.stderr)
    if output.returncode != 0 or not collected:
        sys.exit(f"valgrind failed:\n{output.stderr[-1000:]}")
    return int(collected.group(1)) / 1e6


def replace_between_markers(text, table):
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    if not after:
        sys.exit(f"docs/performance.md lacks {BEGIN}")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=measure.ROOT / "build/release")
    parser.add_argument("--repetitions", type=int, default=15)
    options = parser.parse_args()
    runner, _ = measure.locate(options.build)
    out = options.build / "debug-info"
    progress = measure.Progress()
    lines = ["| program | modules' sizes | `-g` ÷ without: time | instructions | `--debugger`: without `-g` | with `-g` |",
             "|---|---|---|---|---|---|"]
    worst = 0.0
    for name, arguments in WORK.items():
        for level in ("O0", "O2"):
            progress.start(f"{name}.{level}")
            plain, debug = bitcode(out, name, level)
            peers = {"plain": [runner, plain, *arguments], "debug": [runner, debug, *arguments],
                     "plain, gdb": [runner, "--debugger", plain, *arguments],
                     "debug, gdb": [runner, "--debugger", debug, *arguments]}
            samples = measure.interleave(peers, options.repetitions, progress)
            wall = {peer: samples[peer].median() for peer in peers}
            counted = {peer: instructions(peers[peer]) for peer in ("plain", "debug")}
            ratio = counted["debug"] / counted["plain"]
            worst = max(worst, wall["debug"] / wall["plain"])
            lines.append(
                f"| {name} {level} | {plain.stat().st_size >> 10}, {debug.stat().st_size >> 10} KiB "
                f"| {wall['plain'] * 1000:.0f}, {wall['debug'] * 1000:.0f} ms **{wall['debug'] / wall['plain']:.2f}** "
                f"| {counted['plain']:.0f}, {counted['debug']:.0f} million **{ratio:.2f}** "
                f"| {wall['plain, gdb'] / wall['plain']:.2f} | {wall['debug, gdb'] / wall['debug']:.2f} |"
            )
            print(lines[-1], flush=True)
    document = measure.ROOT / "docs/performance.md"
    document.write_text(replace_between_markers(document.read_text(), "\n".join(lines)))
    print(f"{'pass' if worst <= BAR else 'FAIL'}  time with -g is {worst:.2f} of that without at most, bar {BAR}")
    return 0 if worst <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
