"""Recipes for the input files of refusals: how to make each, in one place.

A recipe is a function that takes a path and writes the file. clang-19 compiles
the modules when a test runs. The process keeps the results, because many cases
share one program.
"""
import functools
import pathlib
import subprocess
import tempfile

import bitstream

CLANG = "clang-19"
MARK = "this_module_ran"

# Any code that runs leaves two marks: in the output and in the file system.
# The constructor would run even if main were never reached.
PROLOGUE = f"""
#include <stdio.h>
#include <unistd.h>
static int leave_a_mark(void) {{
  FILE *f = fopen("{MARK}", "w");
  fclose(f);
  puts("{MARK}");
  return 0;
}}
__attribute__((constructor)) static void construct(void) {{ leave_a_mark(); }}
"""


@functools.lru_cache(maxsize=None)
def compiled(text, language, flags):
    with tempfile.TemporaryDirectory(prefix="ajit-diag-") as scratch:
        out = pathlib.Path(scratch, "module.bc")
        command = [CLANG, "-x", language, "-Wno-everything", "-O0", "-emit-llvm", "-c", "-", "-o", str(out), *flags]
        subprocess.run(command, input=text.encode(), check=True)
        return out.read_bytes()


def raw(data):
    return lambda path: path.write_bytes(data)


def shared_library(text):
    """A library of C that includes nothing."""
    command = [CLANG, "-x", "c", "-shared", "-fPIC", "-", "-o"]
    return lambda path: subprocess.run([*command, str(path)], input=text.encode(), check=True)


def directory():
    return lambda path: path.mkdir()


def bitcode(text, *flags):
    """C that includes nothing, so that it compiles for any target."""
    return lambda path: path.write_bytes(compiled(text, "c", flags))


def c_source(text):
    """C with leave_a_mark() and a constructor that calls it."""
    return bitcode(PROLOGUE + text)


def assembly(text):
    return bitcode_of_ir('target triple = "x86_64-pc-linux-gnu"\n' + text + "\n")


def bitcode_of_ir(text):
    return lambda path: path.write_bytes(compiled(text, "ir", ()))


def damaged(recipe, how, *arguments):
    """Another recipe's file, changed by a function of its bytes or by the named function of bitstream.py."""
    change = (lambda data: getattr(bitstream, how)(data, *arguments)) if isinstance(how, str) else how

    def write(path):
        recipe(path)
        path.write_bytes(change(path.read_bytes()))

    return write
