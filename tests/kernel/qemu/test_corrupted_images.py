"""Breaks each rule for the FAT16 volume and the manifest in turn: the kernel
names the fault and goes on."""

import struct

from checksum import seal_manifest
from harness import main
from machine import Failure, Image

# What to overwrite in the boot sector, and what the kernel must say.
BOOT_SECTOR = [
    (510, b"\0\0", "no signature at the end"),
    (0, b"\0\0\0", "no FAT16 volume and no FAT16 partition"),  # like an MBR, then
    (11, struct.pack("<H", 500), "sector size is not a power of two"),
    (11, struct.pack("<H", 8192), "sector size is not a power of two"),
    (13, b"\0", "sectors per cluster are not"),
    (13, b"\3", "sectors per cluster are not"),
    (14, struct.pack("<H", 0), "no reserved sectors"),
    (16, b"\0", "volume must have one or two FATs"),
    (16, b"\3", "volume must have one or two FATs"),
    (17, struct.pack("<H", 0), "root directory is empty or not whole sectors"),
    (17, struct.pack("<H", 511), "root directory is empty or not whole sectors"),
    (19, struct.pack("<H", 0), "the sector count is missing"),
    (19, struct.pack("<H", 40), "no room for data"),
    (19, struct.pack("<H", 1000), "too few clusters"),
    (19, struct.pack("<H", 65535), "reaches past the end"),
    (22, struct.pack("<H", 1), "FAT is too small"),
    (22, struct.pack("<H", 0), "FAT32"),
]


def broken_boot_sectors(env):
    for offset, content, reason in BOOT_SECTOR:
        with Image(env.image) as image:
            image.patch(offset, content)
            with env.boot(image=image.path) as machine:
                machine.wait_for_prompt()
                machine.expect(machine.text(), rf"^\[IMAGE\] cannot mount the disk: .*{reason}")
                machine.expect(machine.command("ls"), r"^no image is mounted$")
                machine.power_off()


def no_file_system(env):
    with Image(env.image) as image:
        image.patch(0, bytes(512))
        with env.boot(image=image.path) as machine:
            machine.wait_for_prompt()
            machine.expect(machine.text(), r"^\[IMAGE\] cannot mount the disk: ")


def geometry(image):
    """Byte offsets of the FATs, the root directory and cluster 2."""
    sector, cluster, reserved, fats, root = struct.unpack_from("<HBHBH", image.bytes(), 11)
    fat = struct.unpack_from("<H", image.bytes(), 22)[0]
    root_at = (reserved + fats * fat) * sector
    return reserved * sector, root_at, root_at + root * 32, sector * cluster


def directory_entry(image, name):
    """The offset of a file's entry in the root directory."""
    _, root, end, _ = geometry(image)
    content = image.bytes()
    stem, extension = name.split(".")
    wanted = stem.encode().ljust(8) + extension.encode().ljust(3)
    for at in range(root, end, 32):
        if content[at:at + 11] == wanted:
            return at
    raise Failure(f"no {name} in the root directory")


CHAINS = [  # the FAT entry of the file's first cluster, and what the kernel must say
    (0x0000, "runs into a free cluster"),
    (0x0001, "runs into a reserved value"),
    (0xFFF0, "leaves the volume"),
    (0xFFF7, "runs into a bad cluster"),
    (0xF000, "leaves the volume"),
    (0xFFFF, "is shorter than the file"),
    (None, "is a cycle"),
]


def broken_chains(env):
    for link, reason in CHAINS:
        with Image(env.image) as image:
            entry = directory_entry(image, "MANIFEST.TXT")
            first = struct.unpack_from("<H", image.bytes(), entry + 26)[0]
            fat = geometry(image)[0]
            image.patch(fat + 2 * first, struct.pack("<H", first if link is None else link))
            with env.boot(image=image.path) as machine:
                machine.wait_for_prompt()
                machine.expect(machine.text(), rf"^\[IMAGE\] MANIFEST\.TXT: .*{reason}")
                machine.expect(machine.command("ls"), r"(?i)MANIFEST\.TXT$")
                machine.power_off()


def broken_entries(env):
    for field, content, reason in ((26, struct.pack("<H", 0), "only one of file size and first cluster is zero"),
                                   (28, struct.pack("<I", 0), "only one of file size and first cluster is zero"),
                                   (26, struct.pack("<H", 1), "runs into a reserved value"),
                                   (28, struct.pack("<I", 0x7FFFFFFF), "is shorter than the file")):
        with Image(env.image) as image:
            image.patch(directory_entry(image, "MANIFEST.TXT") + field, content)
            with env.boot(image=image.path) as machine:
                machine.wait_for_prompt()
                machine.expect(machine.text(), rf"^\[IMAGE\] MANIFEST\.TXT: .*{reason}")


MANIFESTS = [  # what to replace, and what the kernel must say
    (b"ajit-manifest 1", b"ajit-manifest 9", "version"),
    (b"ajit-manifest 1", b"ajit-manifest", "line 1"),
    (b"target ", b"target 0", "line 2"),
    (b"thresholds 100 1000", b"thresholds 1000 100", "line 3"),
    (b"function fibonacci ", b"function  fibonacci ", "line"),
    (b"(i32)", b"(i33)", "line"),
    (b"fibonacci_recursive", b"fibonacci", "twice|duplicate"),
]


def broken_manifests(env):
    for old, new, reason in MANIFESTS:
        with Image(env.image) as image:
            image.write("MANIFEST.TXT", seal_manifest(image.read("MANIFEST.TXT").replace(old, new, 1)))
            with env.boot(image=image.path) as machine:
                machine.wait_for_prompt()
                machine.expect(machine.text(), rf"^\[IMAGE\] MANIFEST\.TXT: .*({reason})")
                machine.expect(machine.command("cat MANIFEST.TXT"), r"^ajit-manifest")


def a_damaged_manifest(env):
    with Image(env.image) as image:
        image.write("MANIFEST.TXT", image.read("MANIFEST.TXT").replace(b"thresholds 100", b"thresholds 200"))
        with env.boot(image=image.path) as machine:
            machine.wait_for_prompt()
            machine.expect(machine.text(), r"^\[IMAGE\] MANIFEST\.TXT: .*checksum is wrong")


main(broken_boot_sectors, no_file_system, broken_chains, broken_entries, broken_manifests, a_damaged_manifest)
