"""The volume may be in a partition instead of filling the disk; the kernel then
writes the tiers back into the partition."""

import struct

from harness import main
from machine import Image

PARTITION_START = 2048  # sectors
PARTITION_TABLE = 446
TYPE_FAT16 = 0x06


def partitioned(volume):
    """A disk with one partition that holds `volume`."""
    sector = bytearray(512)
    entry = struct.pack("<B3sB3sII", 0x80, bytes(3), TYPE_FAT16, bytes(3), PARTITION_START, len(volume) // 512)
    sector[PARTITION_TABLE:PARTITION_TABLE + len(entry)] = entry
    sector[510:] = b"\x55\xaa"
    return bytes(sector).ljust(PARTITION_START * 512, b"\0") + volume


def runs_and_keeps_its_tiers(env):
    with Image(env.image) as image:
        disk = partitioned(image.bytes())
        with open(image.path, "wb") as file:
            file.write(disk)
        with env.boot("run fibonacci 20 x150; verify; poweroff", image=image.path, keep_writes=True) as machine:
            text = machine.finish()
            machine.expect(text, r"^\[RUN\] fibonacci = 6765, 150 calls$")
            machine.expect(text, r"^\[VERIFY\] \d+ objects, 0 bad$")
        with env.boot("poweroff", image=image.path) as machine:
            machine.expect(machine.finish(), r"^\[REGISTER\] fibonacci .* O1 at")


main(runs_and_keeps_its_tiers)
