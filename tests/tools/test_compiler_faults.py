#!/usr/bin/env python3
"""Faults of the compiler stay the compiler's, whatever handlers the program has.

    test_compiler_faults.py --runner ajit-run --clang clang --nm nm

A library that is preloaded makes a function of the optimiser fault. Every
compile above O0 then fails, in compile threads and, with --sync, in those of
the program. The program, with handlers of its own, must not notice.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

PROGRAMS = pathlib.Path(__file__).parent / "programs"
# Runs in each compile above O0 and in none at O0.
FAULTY_FUNCTION = "llvm::InstCombinePass::run(llvm::Function&, "
FAULTS = ("SIGSEGV", "SIGILL", "SIGFPE", "SIGTRAP", "abort", "overflow")
MODES = ([], ["--sync", "--tiers=1,2,3"], ["--tiers=1,2,3"])


def run(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more)


def address_of(nm, runner, function):
    for line in run(nm, "-C", runner).stdout.splitlines():
        address, _, name = line.split(" ", 2)
        if name.startswith(function):
            return address
    sys.exit(f"the runner has no {function}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("runner", "clang", "nm"):
        parser.add_argument(f"--{name}", required=True, type=os.path.abspath if name == "runner" else str)
    options = parser.parse_args()
    at = address_of(options.nm, options.runner, FAULTY_FUNCTION)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="ajit-faults-") as scratch:
        library, bitcode, native = (os.path.join(scratch, name) for name in ("faulty.so", "program.bc", "program"))
        run(options.clang, "-shared", "-fPIC", "-O0", PROGRAMS / "faulty_compiler.c", "-o", library)
        run(options.clang, "-O1", "-c", "-emit-llvm", PROGRAMS / "own_fault_handlers.c", "-o", bitcode)
        run(options.clang, "-O1", PROGRAMS / "own_fault_handlers.c", "-o", native)
        expected = run(native).stdout
        for fault in FAULTS:
            for mode in MODES:
                environment = dict(os.environ, LD_PRELOAD=library, AJIT_FAULT_AT=at, AJIT_FAULT=fault)
                command = [options.runner, "--explain-tiers", *mode, bitcode]
                result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
                faults = result.stderr.count("the compiler failed")
                good = result.returncode == 0 and result.stdout == expected and faults > 0
                failed += not good
                print(f"{'ok  ' if good else 'FAIL'} {fault} {' '.join(mode)}: {faults} faults, status {result.returncode}")
                if not good:
                    print("\n".join("     " + line for line in result.stderr.splitlines()[-5:]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
