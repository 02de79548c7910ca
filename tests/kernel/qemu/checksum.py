"""Computes the checksums in an object's stamp (XXH32 around its own four bytes)
and in the manifest's last line. A test that damages a file corrects the checksum,
so that the kernel reports the damage itself."""

import struct

MAGIC = b"AJST"
CHECKSUM_OFFSET = 44
P1, P2, P3, P4, P5 = 0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F, 0x165667B1
MASK = 0xFFFFFFFF


def _rotate(value, bits):
    return (value << bits | value >> (32 - bits)) & MASK


def _lanes(seed, content, whole):
    lanes = [(seed + P1 + P2) & MASK, (seed + P2) & MASK, seed, (seed - P1) & MASK]
    for words in struct.iter_unpack("<4I", content[:whole]):
        lanes = [_rotate((lane + word * P2) & MASK, 13) * P1 & MASK for lane, word in zip(lanes, words)]
    return sum(_rotate(lane, bits) for lane, bits in zip(lanes, (1, 7, 12, 18)))


def checksum32(seed, content):
    whole = len(content) & ~15
    value = _lanes(seed, content, whole) if whole else seed + P5
    value = (value + len(content)) & MASK
    rest = content[whole:]
    words = len(rest) & ~3
    for (word,) in struct.iter_unpack("<I", rest[:words]):
        value = _rotate((value + word * P3) & MASK, 17) * P4 & MASK
    for byte in rest[words:]:
        value = _rotate((value + byte * P5) & MASK, 11) * P1 & MASK
    value = (value ^ value >> 15) * P2 & MASK
    value = (value ^ value >> 13) * P3 & MASK
    return value ^ value >> 16


def seal(content):
    """The object with its checksum corrected."""
    at = content.index(MAGIC) + CHECKSUM_OFFSET
    value = checksum32(checksum32(0, content[:at]), content[at + 4:])
    return content[:at] + struct.pack("<I", value) + content[at + 4:]


def seal_manifest(content):
    """The manifest with its last line corrected."""
    body = content[:content.rindex(b"checksum ")]
    return body + b"checksum %08x\n" % checksum32(0, body)
