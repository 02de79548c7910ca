"""The figures the kernel must keep that do not depend on who else uses the
machine: its size, and under -icount, where a microsecond is a thousand
instructions, what it takes to boot and to make an object callable.
bench/kernel.py measures the times."""

import os
import re

from harness import main
from machine import ICOUNT, Failure

KERNEL_BYTES = 128 * 1024
BOOT_INSTRUCTIONS = 20e6  # to the first prompt, with the load image's 48 functions
LOAD_INSTRUCTIONS_PER_MIB = 7.5e6  # checking and linking; reading waits for the disk
MIB = 2**20


def kernel_size(env):
    size = os.path.getsize(env.kernel)
    print(f"kernel: {size} bytes")
    if size > KERNEL_BYTES:
        raise Failure(f"{size} bytes")


def boot_and_load(env):
    with env.boot("bench load; poweroff", image=env.load_image, pools="code=1M data=64K meta=256K ", processors=1,
                  qemu=ICOUNT) as machine:
        text = machine.finish()
        ready = machine.expect(text, r"^\[INIT\] ready after (\d+) us$")
        load = machine.expect(text, r"^\[BENCH\] load: .* 0 failed, (\d+) bytes in .*, check (\d+), link (\d+)$")
    size = int(load[1])
    boot, per_mib = int(ready[1]) * 1000, (int(load[2]) + int(load[3])) * 1000 * MIB / size
    print(f"boot: {boot / 1e6:.1f} million instructions; loading {size} bytes: {per_mib / 1e6:.2f} million per MiB")
    if size < MIB:
        raise Failure(f"the image has {size} bytes of objects, not a mebibyte")
    if boot > BOOT_INSTRUCTIONS:
        raise Failure(f"booting takes {boot:.0f} instructions")
    if per_mib > LOAD_INSTRUCTIONS_PER_MIB:
        raise Failure(f"loading takes {per_mib:.0f} instructions per MiB")


main(kernel_size, boot_and_load)
