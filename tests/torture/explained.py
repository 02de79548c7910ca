"""Differences that are not faults of ajit, each with its reason.

The programs of this list run like any other; if one differs, it counts as explained. The driver itself detects programs
whose native builds at several levels differ, so the list does not contain them.
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
    """Why a program may differ; None if a difference is a fault."""
    return next((why for own, pattern, why in EXPLAINED if own == suite and re.search(pattern, name)), None)
