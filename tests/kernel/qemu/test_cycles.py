"""Under -icount the time stamp counter counts instructions: two boots report
exactly the same cycles, and each tier of a loop is at least as fast as the one below."""

import re

from harness import main
from machine import ICOUNT, Failure

LOOPS = ["fibonacci 40", "crc32_pattern 1000 3", "insertion_checksum 100", "interpret 0 100", "xorshift_sum 100",
         "square_root 2.0", "average_f32 100"]
# O3 unrolls this loop until its sums exceed the eight registers, so it executes more instructions than O2.
UNROLLED = ["matrix_trace 1.5"]
OVERHEAD_LIMIT = 120


def measure(env):
    commands = [f"bench {loop}" for loop in LOOPS + UNROLLED] + ["bench call count_visits", "poweroff"]
    with env.boot("; ".join(commands), processors=1, qemu=ICOUNT, limit=120) as machine:
        return [line for line in machine.finish().splitlines() if line.startswith("[BENCH]")]


def equal_in_two_boots(env):
    first, second = measure(env), measure(env)
    if first != second:
        raise Failure(f"different cycles:\n{first}\n{second}")
    print("\n".join(first))


def no_tier_is_slower(env):
    cycles = {}
    unrolled = [call.split()[0] for call in UNROLLED]
    for line in measure(env):
        found = re.match(r"\[BENCH\] (\w+) O(\d): \d+ calls, min (\d+)", line)
        if found and found[1] not in unrolled:
            cycles.setdefault(found[1], []).append(int(found[3]))
    slower = {name: tiers for name, tiers in cycles.items() if tiers != sorted(tiers, reverse=True)}
    if slower or len(cycles) != len(LOOPS):
        raise Failure(f"slower in a higher tier: {slower}")


def counting_a_call_is_cheap(env):
    line = measure(env)[-1]
    overhead = int(re.search(r"so (\d+) cycles", line)[1])
    if overhead > OVERHEAD_LIMIT:
        raise Failure(line)


main(equal_in_two_boots, no_tier_is_slower, counting_a_call_is_cheap)
