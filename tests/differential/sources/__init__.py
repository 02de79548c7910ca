"""The kinds of programs, each a module with generate(seed) -> Program."""
import importlib

# What each is about, for --help and for the table.
KINDS = {
    "csmith": "C by csmith",
}


def generate(kind, seed):
    return importlib.import_module(f"sources.{kind}").generate(seed)
