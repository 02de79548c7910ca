#!/usr/bin/env python3
"""A stand-in for ajit-run that gets one thing wrong, for the tests of the tester.

It replaces each 64-bit multiplication by an addition and links the module with
clang. The tester must detect such a wrong compiler.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

arguments = sys.argv[1:]
if "--help" in arguments:
    print("--tiers --sync")
    sys.exit(0)
while arguments[0].startswith("--"):
    arguments.pop(0)
with tempfile.TemporaryDirectory() as scratch:
    text = pathlib.Path(scratch) / "module.ll"
    subprocess.run(["llvm-dis-19", arguments[0], "-o", text], check=True)
    text.write_text(re.sub(r"= mul( nuw| nsw)* i64 ", "= add i64 ", text.read_text()))
    binary = text.with_suffix("")
    subprocess.run(["clang++-19", "-w", "-O0", "-fuse-ld=lld", text, "-o", binary, "-lm", "-pthread"], check=True)
    ended = subprocess.run([binary, *arguments[1:]], check=False).returncode
sys.exit(ended if ended >= 0 else 128 - ended)
