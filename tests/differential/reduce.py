"""Reduces a program that differs.

It runs llvm-reduce on the bitcode (any program), and creduce or cvise on the
source (C and C++). Each reducer calls this command with --interesting on its
candidates. A candidate is interesting if

  native builds of it at O0 to O3 all end normally and agree, so that the
  reduction does not drift into undefined behaviour,
  and the mode that failed still differs from them.

A reduction takes minutes. The result goes next to the original.
"""
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import check
import program as programs
from modes import run_case

REDUCERS = ("creduce", "cvise", "llvm-reduce")
COMMAND = {"creduce": "creduce", "cvise": "cvise", "llvm-reduce": "llvm-reduce-19"}
NATIVE_SECONDS = 5
MODE_SECONDS = 20
# Passes of llvm-reduce that soon produce undefined behaviour or a different program.
NO_PASSES = "operands-to-args,function-bodies"


def interesting(description, candidate):
    """The exit status for the reducer: 0 if the candidate still differs, otherwise 1."""
    wanted = json.loads(description.read_text())
    failure = wanted["failures"][0]
    resource_limit()
    with tempfile.TemporaryDirectory(prefix="differential-reduce-") as scratch:
        scratch = pathlib.Path(scratch)
        try:
            return 0 if still_differs(wanted, failure, candidate.resolve(), scratch) else 1
        except programs.CompileError:
            return 1


def resource_limit():
    """Disables core dumps: a candidate may crash by recursing or allocating without end."""
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def still_differs(wanted, failure, candidate, scratch):
    """The cheap check, made first because most candidates fail it."""
    language, level = candidate.suffix[1:], failure["level"]
    program = programs.Program(wanted["kind"], wanted["seed"], wanted["language"], "", wanted["flags"])
    bitcode = scratch / f"{program.name}.{level}.bc"
    if language in ("c", "cpp"):
        shutil.copy(candidate, scratch / f"{program.name}.{language}")
        programs.to_bitcode(program, level, scratch)
    else:
        programs.call(["llvm-as-19", candidate, "-o", bitcode])
    native = programs.link_native(program, level, bitcode, scratch / "native")
    expected = check.run_fresh([native, *wanted["arguments"]], NATIVE_SECONDS, scratch / "expected")
    if not expected.ending.startswith("status"):
        return False
    command = [*wanted["runner"], *failure["options"], bitcode, *wanted["arguments"]]
    got = check.run_fresh(command, MODE_SECONDS, scratch / "got")
    refused = got.ending == "status 1" and not got.stdout and b"error:" in got.stderr
    if refused or not run_case.compare(expected, got, check.limits(0)):
        return False
    if not natives_agree(program, bitcode, expected, wanted["arguments"], scratch):
        return False
    return language == "ll" or well_defined(program, candidate, wanted["arguments"], scratch)


def natives_agree(program, bitcode, expected, arguments, scratch):
    """Whether native builds at all levels behave the same."""
    text = programs.without_optnone(bitcode, scratch / "plain.ll")
    for level in ("O0", "O1", "O3"):
        native = programs.link_native(program, level, text, scratch / "opinion")
        got = check.run_fresh([native, *arguments], NATIVE_SECONDS, scratch / "run")
        if (got.ending, got.stdout) != (expected.ending, expected.stdout):
            return False
    return True


def well_defined(program, source, arguments, scratch):
    """Whether the source passes both the compiler's warnings and the sanitizers."""
    driver, standard = programs.DRIVERS[program.language], programs.STANDARDS[program.language]
    strict = ["-Werror=uninitialized", "-Werror=return-type", "-Werror=implicit-function-declaration"]
    strict += ["-Werror=conditional-uninitialized", "-Werror=int-conversion", "-Werror=incompatible-pointer-types"]
    binary = scratch / "sanitized"
    command = [driver, *standard, *strict, *program.flags, *check.SANITIZERS, source, "-o", binary, "-pthread", "-lm"]
    programs.call(command)
    got = check.run_fresh([binary, *arguments], 4 * NATIVE_SECONDS, scratch / "sanitized.run")
    return got.ending.startswith("status") and b"rror:" not in got.stderr


def choose_reducer(language, wanted):
    for name in [wanted] if wanted else REDUCERS:
        if shutil.which(COMMAND[name]) and (name == "llvm-reduce" or language != "ll"):
            return name
    return None


def main(directory, reducer, passes=None):
    description = (directory / "failure.json").resolve()
    wanted = json.loads(description.read_text())
    reducer = choose_reducer(wanted["language"], reducer)
    if not reducer:
        print("differential: none of creduce, cvise and llvm-reduce-19 is installed for this program", file=sys.stderr)
        return 2
    name = f"{wanted['kind']}-{wanted['seed']}"
    level = wanted["failures"][0]["level"]
    work = directory.resolve() / "reducing"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    if reducer == "llvm-reduce":
        candidate = work / "candidate.ll"
        programs.call(["llvm-dis-19", directory / f"{name}.{level}.bc", "-o", candidate])
        given = '"$1"'
    else:
        candidate = work / f"candidate.{wanted['language']}"
        source = (directory / f"{name}.{wanted['language']}").read_text()
        candidate.write_text(source if wanted["kind"] != "csmith" else flatten(source, wanted["flags"]))
        given = candidate.name
    command = pathlib.Path(sys.argv[0]).resolve()
    script = work / "interesting.sh"
    question = shlex.join([str(command), "--interesting", str(description)])
    script.write_text(f"#!/bin/sh\nexec {question} {given}\n")
    script.chmod(0o755)
    if interesting(description, candidate):
        print(f"differential: {candidate} does not differ, or its native builds do not agree", file=sys.stderr)
        return 1
    if reducer == "llvm-reduce":
        reduced = directory.resolve() / "reduced.ll"
        passes = f"--delta-passes={passes}" if passes else f"--skip-delta-passes={NO_PASSES}"
        tool = ["llvm-reduce-19", f"--test={script}", passes, f"-j={os.cpu_count()}", candidate, "-o", reduced]
    else:
        reduced = directory.resolve() / f"reduced.{wanted['language']}"
        tool = [reducer, "--n", str(os.cpu_count()), script, candidate.name]
    print(f"reducing {candidate} by {reducer}", flush=True)
    subprocess.run(tool, cwd=work, check=True)
    if reducer != "llvm-reduce":
        shutil.copy(candidate, reduced)
    print(f"{reduced}: {len(reduced.read_text().splitlines())} lines")
    return 0


def flatten(source, flags):
    """The source after preprocessing, so that the reducer also reduces csmith's header."""
    done = subprocess.run(
        ["clang-19", "-E", "-P", "-w", *flags, "-x", "c", "-"], input=source, capture_output=True, text=True, check=True
    )
    return re.sub(r"^#.*$", "", done.stdout, flags=re.MULTILINE)
