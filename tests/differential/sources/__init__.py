"""The kinds of programs, each a module with generate(seed) -> Program."""
import importlib

# A description of each, for --help and for the table.
KINDS = {
    "csmith": "C by csmith",
    "loops": "loop nests, all kinds of values live at their headers",
    "cfg": "LLVM IR with random control flow and types C has no names for",
    "threads": "threads that run the same functions and loops at once",
    "calls": "calls through pointers, of all signatures, recursive and deep",
    "exceptions": "C++ exceptions: nested, rethrown, kept, through callbacks, with destructors",
    "interpreters": "interpreters of random bytecode by computed goto",
    "jumps": "loops and callbacks left by longjmp",
}


def generate(kind, seed):
    return importlib.import_module(f"sources.{kind}").generate(seed)
