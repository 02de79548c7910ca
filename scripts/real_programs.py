#!/usr/bin/env python3
"""Real programs as bitcode: lua, sqlite3, bzip2, minigzip, mawk, mujs and minisat from Debian.

    scripts/real_programs.py [--out build/real] [program...]

Fetches the source packages with apt-get, compiles each program as a whole, at
-O0 (as plain clang gives it, with optnone) and at -O2, and leaves

    <out>/<program>.O0.bc, <program>.O2.bc           one module with everything
    <out>/<program>.O0.native, <program>.O2.native   clang's link of that module
    <out>/inputs/                                    files to work on

The package lists and the sources live under <out>. The script uses an apt
configuration of its own, so it needs no privileges and leaves the system's
configuration alone. It keeps files that are newer than itself: a second run
only checks them.

Needs apt-get, dpkg-dev (dpkg-source), clang-19, llvm-19 (llvm-link-19), lld-19,
make, and tcl, with which sqlite3 assembles its sources.
"""
import argparse
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import time

ARCHIVE = "http://deb.debian.org/debian"
SUITE = "bookworm"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
TOOLS = {"apt-get": "apt", "dpkg-source": "dpkg-dev", "clang-19": "clang-19", "llvm-link-19": "llvm-19",
         "ld.lld-19": "lld-19", "make": "make", "tclsh": "tcl"}
LEVELS = ("O0", "O2")


class Program:
    """How one program is built from its package's unpacked sources."""

    def __init__(self, package, sources, flags=(), link=(), prepare=None):
        self.package, self.sources, self.flags, self.link, self.prepare = package, sources, flags, link, prepare


def prepare_lua(source):
    """Writes the header that Debian's rules generate: it names the folders of compiled Lua modules."""
    (source / "src/lua5.4-deb-multiarch.h").write_text('#define DEB_HOST_MULTIARCH "x86_64-linux-gnu"\n')


def prepare_sqlite(source):
    """Runs sqlite's own makefile, which generates sqlite3.c and shell.c from a hundred files."""
    if all(path.exists() for path in sqlite_sources(source)):
        return
    say("assembling the sources of sqlite3")
    run(["./configure", "--disable-readline", "--disable-tcl", "CC=clang-19"], source)
    run(["make", "sqlite3.c", "shell.c"], source)


def prepare_mawk(source):
    """Generates mawk's configuration, and the table of character classes that one of its own programs prints."""
    if (source / "scancode.c").exists():
        return
    say("configuring mawk")
    run(["./configure", "CC=clang-19", "CFLAGS=-O1 -w"], source)
    run(["make", "scancode.c"], source)


def lua_sources(source):
    return sorted(p for p in source.glob("src/*.c") if p.name != "luac.c")


def sqlite_sources(source):
    return [source / "sqlite3.c", source / "shell.c"]


def bzip2_sources(source):
    names = "blocksort huffman crctable randtable compress decompress bzlib bzip2"
    return [source / f"{name}.c" for name in names.split()]


def minigzip_sources(source):
    return sorted(source.glob("*.c")) + [source / "test/minigzip.c"]


def mawk_sources(source):
    tools = {"makescan", "rexpdb", "fpe_check", "regexp_system", "trace"}
    rexp = {f"rexp{part}" for part in ("", 0, 1, 2, 3, 4)}  # regexp.c includes them
    return sorted(p for p in source.glob("*.c") if p.stem not in tools | rexp)


def mujs_sources(source):
    return [source / "one.c", source / "main.c"]


def minisat_sources(source):
    return sorted(source.glob("minisat/core/*.cc")) + sorted(source.glob("minisat/utils/*.cc"))


PROGRAMS = {
    "lua": Program("lua5.4", lua_sources, ["-DLUA_COMPAT_5_3", "-DLUA_USE_LINUX"], ["-Wl,-E"], prepare_lua),
    # Debian's options, except those that need other libraries.
    "sqlite3": Program(
        "sqlite3",
        sqlite_sources,
        ["-fno-strict-aliasing", "-DSQLITE_THREADSAFE=1", "-DSQLITE_SECURE_DELETE", "-DSQLITE_ENABLE_COLUMN_METADATA",
         "-DSQLITE_ENABLE_FTS3", "-DSQLITE_ENABLE_FTS3_PARENTHESIS", "-DSQLITE_ENABLE_FTS5", "-DSQLITE_ENABLE_RTREE",
         "-DSQLITE_ENABLE_DBSTAT_VTAB", "-DSQLITE_ENABLE_MATH_FUNCTIONS", "-DSQLITE_SOUNDEX", "-DSQLITE_USE_URI=1"],
        prepare=prepare_sqlite,
    ),
    "bzip2": Program("bzip2", bzip2_sources, ["-D_FILE_OFFSET_BITS=64"]),
    "minigzip": Program("zlib", minigzip_sources, ["-DHAVE_UNISTD_H", "-D_LARGEFILE64_SOURCE=1"]),
    "mawk": Program("mawk", mawk_sources, ["-DHAVE_CONFIG_H"], prepare=prepare_mawk),
    "mujs": Program("mujs", mujs_sources),
    # C++; it reads its input with zlib's functions, which stay in the shared library.
    "minisat": Program("minisat2", minisat_sources, ["-D__STDC_LIMIT_MACROS", "-D__STDC_FORMAT_MACROS", "-Wno-reserved-user-defined-literal"], ["-lstdc++", "-lz"]),
}


def say(text):
    print(f"real programs: {text}", flush=True)


def run(command, directory=None, environment=None):
    """Runs a command quietly. If it fails, shows the end of its output and exits."""
    result = subprocess.run(
        [str(part) for part in command], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    if result.returncode != 0:
        tail = result.stdout.decode(errors="replace").splitlines()[-15:]
        sys.exit("\n".join([f"real programs: failed with status {result.returncode}: {' '.join(map(str, command))}", *tail]))


class Archive:
    """apt-get with a configuration, lists and cache of its own."""

    def __init__(self, directory):
        self.directory = directory.resolve()
        self.updated = False

    def environment(self):
        return dict(os.environ, APT_CONFIG=str(self.directory / "apt.conf"), LC_ALL="C")

    def update(self):
        if self.updated:
            return
        for name in ("lists/partial", "cache/archives/partial"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        (self.directory / "sources.list").write_text(f"deb-src [signed-by={KEYRING}] {ARCHIVE} {SUITE} main\n")
        (self.directory / "apt.conf").write_text(
            f'Dir::Etc::sourcelist "{self.directory}/sources.list";\n'
            'Dir::Etc::sourceparts "/dev/null";\n'
            f'Dir::State::lists "{self.directory}/lists";\n'
            f'Dir::Cache "{self.directory}/cache";\n'
            'APT::Sandbox::User "";\n'
            'Acquire::Languages "none";\n'
            'Acquire::Retries "3";\n'
        )
        say(f"reading the package lists of {ARCHIVE} {SUITE}")
        run(["apt-get", "update"], environment=self.environment())
        self.updated = True

    def source_of(self, package):
        """The unpacked and patched sources; fetches them if they are missing."""
        home = self.directory / package
        found = [p for p in home.glob("*/") if (p / "debian").is_dir()]
        if not found:
            self.update()
            shutil.rmtree(home, ignore_errors=True)
            partial = self.directory / f"{package}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            say(f"fetching the sources of {package}")
            run(["apt-get", "source", "--only-source", package], partial, self.environment())
            partial.rename(home)
            found = [p for p in home.glob("*/") if (p / "debian").is_dir()]
        return found[0]


def compile_level(name, program, source, level, out):
    """Compiles and links all files of a program to one module, and links that natively."""
    objects = out / "objects" / f"{name}.{level}"
    shutil.rmtree(objects, ignore_errors=True)
    objects.mkdir(parents=True)
    sources = program.sources(source)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = [
            pool.submit(run, ["clang-19", "-w", *program.flags, f"-{level}", "-I", source, "-emit-llvm", "-c", path, "-o", objects / f"{path.stem}.bc"])
            for path in sources
        ]
        for job in jobs:
            job.result()
    module = out / f"{name}.{level}.bc"
    run(["llvm-link-19", *sorted(objects.glob("*.bc")), "-o", objects / "whole"])
    native = out / f"{name}.{level}.native"
    run(["clang-19", f"-{level}", "-x", "ir", objects / "whole", "-o", objects / "native", "-fuse-ld=lld", "-pthread", "-lm", "-ldl", *program.link])
    (objects / "whole").rename(module)  # the last step: after an interrupted run the module is missing
    (objects / "native").rename(native)
    return len(sources)


def products_of(name, out):
    return [out / f"{name}.{level}.{kind}" for level in LEVELS for kind in ("bc", "native")]


def build(name, archive, out):
    script = pathlib.Path(__file__).stat().st_mtime
    if all(p.exists() and p.stat().st_mtime > script for p in products_of(name, out)):
        return False
    program = PROGRAMS[name]
    source = archive.source_of(program.package)
    if program.prepare:
        program.prepare(source)
    for level in LEVELS:
        start = time.monotonic()
        files = compile_level(name, program, source, level, out)
        size = (out / f"{name}.{level}.bc").stat().st_size
        say(f"{name}.{level}.bc: {files} files, {size >> 10} KiB, {time.monotonic() - start:.1f} s")
    return True


def pigeons(holes):
    """The pigeonhole problem as clauses: one pigeon more than holes. A solver must search everything to refute it."""
    at = lambda pigeon, hole: pigeon * holes + hole + 1
    clauses = [[at(pigeon, hole) for hole in range(holes)] for pigeon in range(holes + 1)]
    for hole in range(holes):
        for one in range(holes + 1):
            clauses += [[-at(one, hole), -at(other, hole)] for other in range(one)]
    return dimacs((holes + 1) * holes, clauses)


def random_clauses(variables, count):
    """Clauses of three variables each, the same in every run; they have solutions."""
    state, clauses = 7, []
    for _ in range(count):
        clause = []
        for _ in range(3):
            state = (state * 6364136223846793005 + 1442695040888963407) & (1 << 64) - 1
            clause.append((state >> 40) % variables + 1 if state >> 63 else -((state >> 40) % variables + 1))
        clauses.append(clause)
    return dimacs(variables, clauses)


def dimacs(variables, clauses):
    lines = [f"p cnf {variables} {len(clauses)}"] + [" ".join(map(str, clause)) + " 0" for clause in clauses]
    return "\n".join(lines) + "\n"


def make_inputs(archive, out):
    """Files of different kinds to compress, natively compressed files, and clauses to solve."""
    inputs = out / "inputs"
    done = inputs / "complete"
    if done.exists() and done.stat().st_mtime > pathlib.Path(__file__).stat().st_mtime:
        return
    say("making input files")
    shutil.rmtree(inputs, ignore_errors=True)
    inputs.mkdir(parents=True)
    shutil.copy(next(archive.source_of("lua5.4").glob("doc/manual.html")), inputs / "text.html")
    (inputs / "program.bin").write_bytes((out / "lua.O2.native").read_bytes())
    state, noise = 1, bytearray()
    while len(noise) < 100_000:  # incompressible
        state = (state * 6364136223846793005 + 1442695040888963407) & (1 << 64) - 1
        noise += (state >> 33).to_bytes(4, "little")[:3]
    (inputs / "noise.bin").write_bytes(noise)
    (inputs / "same.bin").write_bytes(b"\0" * 300_000 + b"abc" * 50_000)
    (inputs / "empty.bin").write_bytes(b"")
    for path in sorted(inputs.iterdir()):
        packed = inputs / f"packed-{path.name}"
        for tool, suffix in (("bzip2", ".bz2"), ("minigzip", ".gz")):
            shutil.copy(path, packed)
            run([out / f"{tool}.O2.native", packed])
            assert pathlib.Path(str(packed) + suffix).exists()
            packed.unlink(missing_ok=True)
    (inputs / "pigeons.cnf").write_text(pigeons(7))
    (inputs / "clauses.cnf").write_text(random_clauses(150, 600))
    done.touch()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    default = pathlib.Path(__file__).resolve().parent.parent / "build" / "real"
    parser.add_argument("--out", type=pathlib.Path, default=default)
    parser.add_argument("programs", nargs="*", metavar="program", help=", ".join(PROGRAMS))
    options = parser.parse_args()
    unknown = set(options.programs) - set(PROGRAMS)
    if unknown:
        parser.error(f"no such program: {', '.join(sorted(unknown))}; there are {', '.join(PROGRAMS)}")
    missing = sorted({package for tool, package in TOOLS.items() if not shutil.which(tool)})
    if missing:
        sys.exit(f"real programs: missing tools; apt-get install {' '.join(missing)}")
    options.out.mkdir(parents=True, exist_ok=True)
    archive = Archive(options.out / "packages")
    archive.directory.mkdir(exist_ok=True)
    names = options.programs or list(PROGRAMS)
    built = [name for name in names if build(name, archive, options.out)]
    if not options.programs:
        make_inputs(archive, options.out)
    say(f"{len(names)} programs in {options.out}, {len(built)} of them built now")


if __name__ == "__main__":
    main()
