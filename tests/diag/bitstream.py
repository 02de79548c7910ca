"""Finds operands in LLVM bitcode, so that tests can damage exactly one thing.

A flipped byte somewhere in a file shows that *some* check exists. To imitate a
module of a newer LLVM, a test must change exactly one operand (an attribute
kind, the epoch, the producer's name) and keep the rest well-formed. This module
walks the bitstream container (blocks, abbreviations, records:
llvm.org/docs/BitCodeFormat.html) and locates each operand, in bits.
"""

CHAR6 = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._"

BLOCKINFO, IDENTIFICATION_BLOCK, MODULE_BLOCK, ATTRIBUTE_GROUPS = 0, 13, 8, 10
IDENTIFICATION_STRING, IDENTIFICATION_EPOCH = 1, 2
MODULE_VERSION = 1
ATTRIBUTE_GROUP_ENTRY = 3


class Operand:
    """A value with its place: first bit, width in bits, and encoding."""

    def __init__(self, value, bit, width, encoding):
        self.value, self.bit, self.width, self.encoding = value, bit, width, encoding


class Record:
    def __init__(self, block, code, operands):
        self.block, self.code, self.operands = block, code, operands

    def values(self):
        return [operand.value for operand in self.operands]


class Bitstream:
    def __init__(self, data):
        self.data = bytearray(data)
        self.position = 0
        self.block_infos = {}  # block id: the abbreviations that every such block starts with

    def fixed(self, width):
        value = 0
        for i in range(width):
            at = self.position + i
            value |= (self.data[at // 8] >> at % 8 & 1) << i
        self.position += width
        return value

    def vbr(self, width):
        value = shift = 0
        while True:
            chunk = self.fixed(width)
            value |= (chunk & ~(1 << width - 1)) << shift
            shift += width - 1
            if not chunk >> width - 1:
                return value

    def align(self):
        self.position = (self.position + 31) // 32 * 32

    def records(self):
        """All records of all blocks, in order."""
        assert self.fixed(32) == 0xDEC04342, "not bitcode"
        while self.position + 32 <= len(self.data) * 8:
            if self.fixed(2) != 1:  # between blocks there is only padding
                return
            yield from self.block()

    def block(self):
        block_id = self.vbr(8)
        width = self.vbr(4)
        self.align()
        self.fixed(32)  # length in words
        abbreviations = list(self.block_infos.get(block_id, []))
        described = None  # the block that records of BLOCKINFO are about
        while True:
            code = self.fixed(width)
            if code == 0:
                self.align()
                return
            if code == 1:
                yield from self.block()
            elif code == 2:
                abbreviation = self.define_abbreviation()
                if block_id == BLOCKINFO:
                    self.block_infos.setdefault(described, []).append(abbreviation)
                else:
                    abbreviations.append(abbreviation)
            else:
                record = self.unabbreviated(block_id) if code == 3 else self.abbreviated(block_id, abbreviations[code - 4])
                if block_id == BLOCKINFO and record.code == 1:
                    described = record.operands[0].value
                yield record

    def define_abbreviation(self):
        operands = []
        for _ in range(self.vbr(5)):
            if self.fixed(1):
                operands.append(("literal", self.vbr(8)))
            else:
                kind = self.fixed(3)
                operands.append((kind, self.vbr(5) if kind in (1, 2) else None))
        return operands

    def scalar(self, kind, width):
        start = self.position
        if kind == "literal":
            return Operand(width, start, 0, kind)
        if kind == 4:
            value = ord(CHAR6[self.fixed(6)])
        elif not width:
            value = 0
        else:
            value = self.fixed(width) if kind == 1 else self.vbr(width)
        return Operand(value, start, self.position - start, (kind, width))

    def unabbreviated(self, block_id):
        code = self.vbr(6)
        return Record(block_id, code, [self.scalar(2, 6) for _ in range(self.vbr(6))])

    def abbreviated(self, block_id, abbreviation):
        operands = []
        at = 0
        while at < len(abbreviation):
            kind, width = abbreviation[at]
            if kind == 3:  # array: its element type is the next and last operand
                element = abbreviation[at + 1]
                operands += [self.scalar(*element) for _ in range(self.vbr(6))]
                break
            if kind == 5:  # blob
                length = self.vbr(6)
                self.align()
                self.position += length * 8
                self.align()
            else:
                operands.append(self.scalar(kind, width))
            at += 1
        return Record(block_id, operands[0].value, operands[1:])

    def put(self, operand, value):
        """Replaces an operand by one that takes as many bits."""
        kind, width = operand.encoding
        bits = []
        if kind == 4:
            number = CHAR6.index(chr(value))
            bits = [number >> i & 1 for i in range(6)]
        elif kind == 1:
            bits = [value >> i & 1 for i in range(width)]
        else:
            while len(bits) < operand.width:
                last = len(bits) + width == operand.width
                chunk = value & (1 << width - 1) - 1 | (0 if last else 1 << width - 1)
                bits += [chunk >> i & 1 for i in range(width)]
                value >>= width - 1
            assert value == 0, "does not fit"
        for i, bit in enumerate(bits):
            at = operand.bit + i
            self.data[at // 8] = self.data[at // 8] & ~(1 << at % 8) | bit << at % 8


def patched(data, block, code, choose, value):
    """`data` with one operand replaced by `value`: the first one that `choose(record)` picks."""
    stream = Bitstream(data)
    for record in stream.records():
        if (record.block, record.code) == (block, code):
            operand = choose(record)
            if operand is not None:
                stream.put(operand, value)
                return bytes(stream.data)
    raise LookupError(f"no such operand in block {block}, record {code}")


def with_epoch(data, epoch):
    return patched(data, IDENTIFICATION_BLOCK, IDENTIFICATION_EPOCH, lambda r: r.operands[0], epoch)


def with_module_version(data, version):
    return patched(data, MODULE_BLOCK, MODULE_VERSION, lambda r: r.operands[0], version)


def with_producer(data, name):
    """Replaces the leading characters of the producer's name."""
    for i, char in enumerate(name):
        data = patched(data, IDENTIFICATION_BLOCK, IDENTIFICATION_STRING, lambda r: r.operands[i], ord(char))
    return data


def with_attribute_kind(data, old, new):
    """Replaces one enum attribute. Looks only at entries of the form [group, index, (0, kind)*, ...]."""

    def choose(record):
        for tag, kind in zip(record.operands[2::2], record.operands[3::2]):
            if tag.value != 0:
                return None
            if kind.value == old:
                return kind
        return None

    return patched(data, ATTRIBUTE_GROUPS, ATTRIBUTE_GROUP_ENTRY, choose, new)
