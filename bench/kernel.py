#!/usr/bin/env python3
"""Measures two times of the kernel: from power-on to the first prompt, and from the disk to callable code.

    bench/kernel.py [--build build/release] [--tries 10]

The best of several tries counts, because other processes disturb the times. tests/kernel/qemu/test_limits.py limits
the number of instructions of both.
"""
import argparse
import pathlib
import re
import sys

import measure

sys.path.insert(0, str(measure.ROOT / "tests" / "kernel" / "qemu"))
from machine import Machine  # noqa: E402

PROMPT_MS = 300
LOAD_MS_PER_MIB = 10
LOADS_PER_BOOT = 4


def times_to_prompt(kernel, image, tries):
    """Milliseconds from the start of QEMU, one per try."""
    times = []
    for _ in range(tries):
        with Machine(kernel, image, "code=256K data=64K meta=64K") as machine:
            times.append(machine.wait_for_prompt() * 1000)
    return times


def load_times(kernel, image, tries):
    """Milliseconds per mebibyte, LOADS_PER_BOOT for each try."""
    commands = "; ".join(["bench load"] * (LOADS_PER_BOOT * tries))
    with Machine(kernel, image, f"code=1M data=64K meta=256K {commands}; poweroff") as machine:
        rows = re.findall(r"^\[BENCH\] load: .* 0 failed, (\d+) bytes in (\d+) us: .*$", machine.finish(), re.MULTILINE)
    return [int(us) / 1000 * 2**20 / int(size) for size, us in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=pathlib.Path, default=measure.ROOT / "build" / "release")
    parser.add_argument("--tries", type=int, default=10)
    options = parser.parse_args()
    kernel = options.build / "kernel-target" / "kernel.elf"
    verdict = measure.Verdicts()
    for name, limit, unit, times in [
        ("start of QEMU to the first prompt", PROMPT_MS, "ms",
         times_to_prompt(kernel, options.build / "kernel-target" / "samples.img", options.tries)),
        ("disk to callable, per MiB", LOAD_MS_PER_MIB, "ms",
         load_times(kernel, options.build / "tests" / "kernel" / "qemu" / "load.img", options.tries)),
    ]:
        verdict(name, min(times, default=None), limit, unit, f"up to {max(times, default=0):.1f} in {len(times)} tries")
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
