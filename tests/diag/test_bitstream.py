#!/usr/bin/env python3
"""Checks bitstream.py against llvm-bcanalyzer: if bitstream.py were wrong, the
tests of refusals would use files that are merely broken.
"""
import pathlib
import re
import subprocess
import tempfile
import unittest

import bitstream
from inputs import compiled

SOURCE = "int f(double x) { return x > 1; } int main(void) { return f(2); }"


def dump(data):
    with tempfile.TemporaryDirectory() as scratch:
        path = pathlib.Path(scratch, "module.bc")
        path.write_bytes(data)
        return subprocess.run(["llvm-bcanalyzer-19", "-dump", path], check=True, capture_output=True, text=True).stdout


class BitstreamTest(unittest.TestCase):
    data = compiled(SOURCE, "c", ())

    def test_finds_as_many_records_as_the_analyzer(self):
        ours = sum(r.block != bitstream.BLOCKINFO for r in bitstream.Bitstream(self.data).records())
        theirs = len(re.findall(r"^ *<(?!BLOCKINFO_BLOCK)(?!\w+ NumWords)\w+(?: .*)?/>", dump(self.data), re.MULTILINE))
        self.assertEqual(ours, theirs)

    def test_changes_the_epoch_and_nothing_else(self):
        changed = bitstream.with_epoch(self.data, 7)
        before, after = dump(self.data).splitlines(), dump(changed).splitlines()
        different = [(a.strip(), b.strip()) for a, b in zip(before, after) if a != b and "EPOCH" in a]
        self.assertEqual(len(different), 1)
        self.assertIn("op0=7", different[0][1])
        self.assertEqual(len(changed), len(self.data))

    def test_changes_the_producer(self):
        self.assertIn("'LLVM99.0.0'", dump(bitstream.with_producer(self.data, "LLVM99.0.0")))

    def test_changes_an_attribute(self):
        self.assertRegex(dump(bitstream.with_attribute_kind(self.data, 37, 999)), r"op\d+=999")

    def test_says_what_it_cannot_find(self):
        with self.assertRaises(LookupError):
            bitstream.with_attribute_kind(self.data, 36, 999)


if __name__ == "__main__":
    unittest.main()
