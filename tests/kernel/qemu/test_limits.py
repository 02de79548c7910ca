"""The figures the kernel must keep: its size, the time to the first prompt, and
the time from the disk to callable code. Times are the best of several tries,
because the machine that runs the tests does other things too."""

import os
import re

from harness import main
from machine import Failure

KERNEL_BYTES = 128 * 1024
PROMPT_SECONDS = 0.3
LOAD_MS_PER_MIB = 10
TRIES = 10


def kernel_size(env):
    size = os.path.getsize(env.kernel)
    print(f"kernel: {size} bytes")
    if size > KERNEL_BYTES:
        raise Failure(f"{size} bytes")


def time_to_prompt(env):
    times = []
    for _ in range(TRIES):
        with env.boot() as machine:
            times.append(machine.wait_for_prompt())
    print("from starting QEMU to the first prompt: " + ", ".join(f"{time:.3f}" for time in times))
    if min(times) > PROMPT_SECONDS:
        raise Failure(f"{min(times):.3f} s")


def load_times(env, image):
    """Milliseconds per mebibyte, one value per try, and the bytes loaded."""
    commands = "; ".join(["bench load"] * (4 * TRIES))
    with env.boot(f"{commands}; poweroff", image=image, pools="code=1M data=64K meta=256K ") as machine:
        rows = re.findall(r"^\[BENCH\] load: .* 0 failed, (\d+) bytes in (\d+) us: .*$", machine.finish(), re.MULTILINE)
    return [int(us) / 1000 * 2**20 / int(size) for size, us in rows], int(rows[0][0])


def disk_to_callable(env):
    times, size = load_times(env, env.load_image)
    print(f"{size} bytes, ms per MiB: " + ", ".join(f"{time:.1f}" for time in times))
    if size < 2**20:
        raise Failure(f"the image has {size} bytes of objects, not a mebibyte")
    if min(times) > LOAD_MS_PER_MIB:
        raise Failure(f"{min(times):.1f} ms per MiB")


main(kernel_size, time_to_prompt, disk_to_callable)
