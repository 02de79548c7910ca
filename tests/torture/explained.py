"""Differences that are no faults, each with its reason.

A program of the list runs like any other; if it differs it counts as explained. What differs because native builds at
several levels do not agree with one another either needs no entry: the driver finds that out by itself.
"""
import re

EXPLAINED = [
    ("builtins", r"clear_cache_test", "copies the bytes at a function's address elsewhere: those of its stub"),
    ("gcc-c", r"builtin-fp-int-inexact", "with the host's features round() is an addition, which sets FE_INEXACT"),
    ("gcc-c", r"builtin-object-size-[123]\.c$|addr_equal-1",
     "undefined symbols that no instruction is left of: no linker sees them, the runner refuses them"),
    ("gcc-c", r"20010122-1", "at -O2 it reads return addresses through frame pointers that are not there"),
    ("gcc-c", r"torture/execute/pr17377", "compares return addresses of calls before and after their caller was swapped"),
    ("gcc-c", r"torture/pr100778", "traps on a division that LLVM makes before its condition: traps are not in its model"),
    ("gcc-c", r"stackprotectexplicit", "writes beyond its frame, into whatever its caller keeps there"),
    ("gcc-cxx", r"g\+\+.eh/unwind1.C", "compares the addresses of two arrays of no bytes"),
    ("libcxxabi", r"backtrace_test", "a call that is timed has a frame of the runtime's, which it counts"),
    ("libcxxabi", r"libunwind/test/", "LLVM's unwinder, asked by its own interface, knows no generated code"),
]


def reason(suite, name):
    """Why a program may differ; None if it may not."""
    return next((why for own, pattern, why in EXPLAINED if own == suite and re.search(pattern, name)), None)
