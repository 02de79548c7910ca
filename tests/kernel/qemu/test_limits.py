"""The kernel's limits that do not depend on the machine's load: its size, and the
time to check and link an object under -icount, where a microsecond is a thousand
instructions. Booting and reading wait for the disk: bench/kernel.py measures
their times."""

import os
import re

from harness import main
from machine import ICOUNT, Failure

KERNEL_BYTES = 128 * 1024
LOAD_INSTRUCTIONS_PER_MIB = 7.5e6
MIB = 2**20


def kernel_size(env):
    size = os.path.getsize(env.kernel)
    print(f"kernel: {size} bytes")
    if size > KERNEL_BYTES:
        raise Failure(f"{size} bytes")


def checking_and_linking(env):
    with env.boot("bench load; poweroff", image=env.load_image, pools="code=1M data=64K meta=256K ", processors=1,
                  qemu=ICOUNT) as machine:
        load = machine.expect(machine.finish(), r"^\[BENCH\] load: .* 0 failed, (\d+) bytes in .*, check (\d+), link (\d+)$")
    size = int(load[1])
    per_mib = (int(load[2]) + int(load[3])) * 1000 * MIB / size
    print(f"{size} bytes: {per_mib / 1e6:.2f} million instructions per MiB")
    if size < MIB:
        raise Failure(f"the image has {size} bytes of objects, not a mebibyte")
    if per_mib > LOAD_INSTRUCTIONS_PER_MIB:
        raise Failure(f"loading takes {per_mib:.0f} instructions per MiB")


main(kernel_size, checking_and_linking)
