"""Breaks each rule for ELF objects in turn, one damaged copy per object file of
the image. `verify` refuses each, naming file, part and rule; the kernel goes on."""

import struct

from harness import main
from machine import Failure, Image

SYMBOL_TABLE, STRINGS, RELOCATIONS = 2, 3, 9  # section types
HEADER, SECTION, SYMBOL, RELOCATION = 52, 40, 16, 8  # bytes of one entry
HUGE = 0x7FFFFFFF


def put(content, offset, layout, value):
    packed = struct.pack("<" + layout, value)
    return content[:offset] + packed + content[offset + len(packed):]


class Parts:
    """The places of the parts of one valid object."""

    def __init__(self, content):
        self.headers = struct.unpack_from("<I", content, 32)[0]
        count = struct.unpack_from("<H", content, 48)[0]
        rows = [struct.unpack_from("<10I", content, self.headers + SECTION * i) for i in range(count)]
        self.section = {row[1]: i for i, row in reversed(list(enumerate(rows)))}
        self.symbols = rows[self.section[SYMBOL_TABLE]][4]
        self.last_symbol = self.symbols + rows[self.section[SYMBOL_TABLE]][5] - SYMBOL
        self.relocations = rows[self.section[RELOCATIONS]][4]
        strings = rows[rows[self.section[SYMBOL_TABLE]][6]]
        self.strings_end = strings[4] + strings[5]

    def field(self, kind, offset):
        """The place of a field in the header of the first section of a type."""
        return self.headers + SECTION * self.section[kind] + offset


def broken_copies(content):
    """(what the kernel must say, the damaged object)"""
    at = Parts(content)
    for said, offset, layout, value in (
            ("not an ELF file", 3, "B", 0x58),
            ("not a 32-bit ELF file", 4, "B", 2),
            ("not a little-endian ELF file", 5, "B", 2),
            ("unknown ELF version", 6, "B", 7),
            ("not a relocatable object", 16, "H", 2),
            ("not an i386 object", 18, "H", 62),
            ("unknown ELF version", 20, "I", 9),
            ("section headers reach past", 32, "I", HUGE - 15),
            ("file header of the wrong size", 40, "H", 51),
            ("section headers of the wrong size", 46, "H", 39),
            ("too many sections", 48, "H", 0xFFF0),
            ("section headers", 48, "H", 0),
            ("the section that should hold the section names does not exist", 50, "H", 0xFFF0),
            ("section 0|null section", at.headers + 4, "I", 1),
            ("name outside the string table", at.field(SYMBOL_TABLE, 0), "I", HUGE),
            ("reaches past the end", at.field(SYMBOL_TABLE, 16), "I", HUGE),
            ("reaches past the end|size", at.field(SYMBOL_TABLE, 20), "I", HUGE - 15),
            ("string table|link|strings", at.field(SYMBOL_TABLE, 24), "I", HUGE),
            ("local|global|info", at.field(SYMBOL_TABLE, 28), "I", HUGE),
            ("entr", at.field(SYMBOL_TABLE, 36), "I", 15),
            ("symbol table", at.field(SYMBOL_TABLE, 4), "I", RELOCATIONS),
            ("symbol table|link", at.field(RELOCATIONS, 24), "I", HUGE),
            ("section|info", at.field(RELOCATIONS, 28), "I", HUGE),
            ("entr", at.field(RELOCATIONS, 36), "I", 7),
            ("alignment is not a power of two", at.field(1, 32), "I", 3),
            ("alignment above 4096", at.field(1, 32), "I", 0x10000000),
            ("NUL|ended|terminated", at.strings_end - 1, "B", 0x41),
            ("name", at.last_symbol, "I", HUGE),
            ("section", at.last_symbol + 14, "H", 0x0FFF),
            ("R_386_GOTPC", at.relocations + 4, "B", 10),
            ("R_386_TLS_LE", at.relocations + 4, "B", 17),
            ("relocation", at.relocations + 4, "B", 99),
            ("outside|past|beyond", at.relocations, "I", HUGE),
            ("symbol", at.relocations + 5, "H", 0xFFFF)):
        yield said, put(content, offset, layout, value)
    for size in (0, 1, HEADER - 1, HEADER, len(content) - 1):
        yield "shorter than a file header|reach past the end", content[:size]


def broken_objects(env):
    with Image(env.image) as image:
        lines = image.read("MANIFEST.TXT").decode().splitlines()
        names = [fields[6] for fields in map(str.split, lines) if fields[0] == "function"]
        copies = list(broken_copies(image.read(image.objects("fibonacci_recursive")[1])))
        if len(copies) > len(names):
            raise Failure(f"{len(copies)} copies, but the image has {len(names)} functions")
        for name, (_, copy) in zip(names, copies):
            image.write(name, copy)
        with env.boot(image=image.path) as machine:
            machine.wait_for_prompt()
            text = machine.command("verify")
            print("\n".join(line for line in text.splitlines() if line.startswith("[VERIFY]")))
            for name, (said, _) in zip(names, copies):
                machine.expect(text, rf"^\[VERIFY\] {name}: .*({said})")
            machine.expect(text, rf"^\[VERIFY\] \d+ objects, {len(copies)} bad$")
            machine.expect(machine.command("run fibonacci 20 x150"), r"= 6765, 150 calls$")
            machine.power_off()


main(broken_objects)
