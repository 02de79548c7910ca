#!/usr/bin/env python3
"""Programs from compilers other than this project's clang, and programs that use header-only libraries.

    producers.py build --out DIR                             compiles what is out of date
    producers.py run --out DIR --runner AJIT_RUN rust O2     one program in all modes, by ../run/run_case.py

The compilers are large Debian packages, so a fixture of the tests builds the programs, and the project's build does
not. If a compiler is missing, the tests of its programs say so and are skipped. The producer compiles each program to
bitcode. The native reference is linked from that bitcode, by the producer itself if it adds libraries of its own.
"""
import argparse
import glob
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CASES = HERE.parent / "run" / "cases"
SKIPPED = 77
RUST_LIBRARY = "/usr/lib/x86_64-linux-gnu/libstd-*.so"
FORTRAN_LIBRARIES = ["/usr/lib/llvm-19/lib/libFortranRuntime.a", "/usr/lib/llvm-19/lib/libFortranDecimal.a"]
OBJC_HEADERS = "/usr/lib/gcc/x86_64-linux-gnu/12/include"
FEWER_MODES = "background,eager-background,only-O0,only-O1,only-O3"  # for programs that take long to compile


class Program:
    """One program: its build commands and its run's needs. Commands use {level}, {source}, {bc}, {native}, {out}."""

    def __init__(self, source, needs, commands, *, load=(), modes=None, bitcode="{bc}", packages=""):
        self.source = source
        self.needs = needs  # files, commands or patterns that must exist
        self.commands = commands
        self.load = load  # libraries for --load, as patterns
        self.modes = modes
        self.bitcode = bitcode  # the file for ajit-run
        self.packages = packages  # the Debian packages that provide `needs`

    def missing(self):
        for name in self.needs:
            if not (glob.glob(name) if name.startswith("/") else shutil.which(name)):
                return name
        return None


def clang(source, flags="", link="", compiler="clang++-19", **more):
    return Program(
        source,
        more.pop("needs", []),
        [
            f"{compiler} {flags} -{{level}} -emit-llvm -c {{source}} -o {{bc}}",
            f"clang++-19 -{{level}} -fuse-ld=lld {{bc}} -o {{native}} -pthread {link}",
        ],
        **more,
    )


PROGRAMS = {
    # The standard library is the shared library that rustc brings along.
    "rust": Program(
        "rust.rs",
        ["/usr/bin/rustc", RUST_LIBRARY],
        [
            "/usr/bin/rustc --edition 2021 -C opt-level={digit} -C overflow-checks=on -C codegen-units=1"
            " -C prefer-dynamic --emit=llvm-bc={bc},link={native} {source}"
        ],
        load=[RUST_LIBRARY],
        packages="rustc",
    ),
    # Flang's run-time library is an archive of position-independent code; one command turns it into a shared library.
    "fortran": Program(
        "fortran.f90",
        ["flang-new-19", *FORTRAN_LIBRARIES],
        [
            "flang-new-19 -{level} -emit-llvm -c {source} -o {bc}",
            "flang-new-19 -{level} {bc} -o {native}",
            "clang-19 -shared -Wl,--whole-archive " + " ".join(FORTRAN_LIBRARIES) + " -Wl,--no-whole-archive"
            " -lm -o {out}/libfortran_runtime.{level}.so",
        ],
        load=["{out}/libfortran_runtime.{level}.so"],
        packages="flang-19",
    ),
    "better_c": Program(
        "better_c.d",
        ["ldc2"],
        [
            "ldc2 -betterC -{level} --output-bc -c {source} -of={bc}",
            "clang-19 -{level} -fuse-ld=lld -Wno-override-module {bc} -o {native}",
        ],
        packages="ldc",
    ),
    "objective_c": clang(
        "objective_c.m",
        f"-fobjc-runtime=gcc -fobjc-exceptions -I{OBJC_HEADERS}",
        f"-L{OBJC_HEADERS}/.. -lobjc",
        compiler="clang-19",
        needs=[OBJC_HEADERS + "/objc/runtime.h"],
        load=["/usr/lib/x86_64-linux-gnu/libobjc.so.4"],
        packages="libobjc-12-dev",
    ),
    "blocks": clang(
        "blocks.c",
        "-fblocks",
        "-lBlocksRuntime",
        compiler="clang-19",
        needs=["/usr/include/Block.h"],
        load=["/usr/lib/x86_64-linux-gnu/libBlocksRuntime.so.0"],
        packages="libblocksruntime-dev",
    ),
    "collector": clang("collector.c", "", "-lgc", compiler="clang-19", needs=["/usr/include/gc.h"],
                       load=["/usr/lib/x86_64-linux-gnu/libgc.so.1"], packages="libgc-dev"),
    # Bitcode of LLVM 14 has typed pointers, debug intrinsics, and attributes that later versions removed.
    "typed_pointers": clang("typed_pointers.cpp", "-std=c++17 -g", compiler="clang++-14", needs=["clang++-14"],
                            packages="clang-14"),
    # ajit-run gets the text itself, because clang would upgrade it first.
    "old_syntax": Program(
        "old_syntax.ll",
        [],
        ["clang-19 -{level} -fuse-ld=lld -Wno-override-module {source} -o {native}"],
        bitcode="{source}",
    ),
    "linked": Program(
        str(CASES / "comdat_in_two_modules.cpp"),
        ["llvm-link-19"],
        [
            "clang++-19 -std=c++20 -{level} -emit-llvm -c {source} -o {out}/linked.first.{level}.bc",
            f"clang++-19 -std=c++20 -{{level}} -emit-llvm -c {CASES}/comdat_in_two_modules_other.cpp"
            " -o {out}/linked.second.{level}.bc",
            "llvm-link-19 {out}/linked.first.{level}.bc {out}/linked.second.{level}.bc -o {bc}",
            "clang++-19 -{level} -fuse-ld=lld {bc} -o {native}",
        ],
    ),
    "json": clang("json.cpp", "-std=c++20", needs=["/usr/include/nlohmann/json.hpp"], modes=FEWER_MODES,
                  packages="nlohmann-json3-dev"),
    "eigen": clang("eigen.cpp", "-std=c++20 -I/usr/include/eigen3", needs=["/usr/include/eigen3/Eigen/Dense"],
                   modes=FEWER_MODES, packages="libeigen3-dev"),
    "format": clang("format.cpp", "-std=c++17", needs=["/usr/include/fmt/core.h"], modes=FEWER_MODES,
                    packages="libfmt-dev"),
}


def names(program, name, level, out):
    """The values of the placeholders in commands and paths."""
    return {
        "level": level,
        "digit": level[1:],
        "source": str(HERE / program.source),
        "bc": f"{out}/{name}.{level}.bc",
        "native": f"{out}/{name}.{level}.native",
        "out": str(out),
    }


def build(out):
    out.mkdir(parents=True, exist_ok=True)
    for name, program in PROGRAMS.items():
        if missing := program.missing():
            print(f"{name}: left out, {missing} is not installed (Debian package {program.packages})")
            continue
        for level in ("O0", "O2"):
            values = names(program, name, level, out)
            commands = [command.format(**values) for command in program.commands]
            text = "\n".join(commands) + (HERE / program.source).read_text()
            key = hashlib.sha256(text.encode()).hexdigest()
            stamp = out / f"{name}.{level}.key"
            if stamp.exists() and stamp.read_text() == key:
                continue
            print(f"{name}.{level}", flush=True)
            for command in commands:
                subprocess.run(command.split(), check=True)
            stamp.write_text(key)


def run(out, runner, name, level):
    program = PROGRAMS[name]
    if missing := program.missing():
        print(f"skipped: {missing} is not installed (Debian package {program.packages})")
        return SKIPPED
    values = names(program, name, level, out)
    command = [sys.executable, str(HERE.parent / "run" / "run_case.py"), "--runner", runner]
    command += ["--native", values["native"], "--bitcode", program.bitcode.format(**values)]
    command += [f"--option=--load={glob.glob(pattern.format(**values))[0]}" for pattern in program.load]
    if program.modes:
        command += ["--modes", program.modes]
    return subprocess.run(command).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["build", "run"])
    parser.add_argument("--out", required=True, type=lambda path: pathlib.Path(os.path.abspath(path)))
    parser.add_argument("--runner", default="ajit-run")
    parser.add_argument("name", nargs="?", choices=list(PROGRAMS))
    parser.add_argument("level", nargs="?", choices=["O0", "O2"])
    options = parser.parse_intermixed_args()
    if options.what == "build":
        return build(options.out)
    if not options.level:
        parser.error("which program, in which form?")
    return run(options.out, options.runner, options.name, options.level)


if __name__ == "__main__":
    sys.exit(main())
