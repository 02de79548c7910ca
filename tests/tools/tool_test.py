"""Shared by the tests of debuggers and profilers: compiles programs to bitcode, and runs test functions.

Each test function takes a Bench, which compiles programs on demand, and checks a tool's output, mostly with
check_order(). A test that fails shows all of that output.
"""
import argparse
import pathlib
import subprocess
import sys
import tempfile
import traceback

SKIPPED = 77
PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"


class Failure(Exception):
    pass


def run(command, directory, timeout=120, environment=None):
    """The status of a command, and its combined standard output and standard error."""
    result = subprocess.run(
        [str(part) for part in command], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout,
    )
    return result.returncode, result.stdout.decode(errors="replace")


class Bench:
    def __init__(self, runner, clang, scratch):
        self.runner, self.clang, self.scratch = runner, clang, scratch
        self.made = {}

    def bitcode(self, program, *flags):
        """The module of a program in PROGRAMS, compiled with these flags."""
        if (program, flags) not in self.made:
            module = self.scratch / f"{program}{''.join(flags)}.bc"
            clang = f"{self.clang}++" if program.endswith(".cpp") else self.clang
            clang = clang.replace("-19++", "++-19")
            status, output = run([clang, *flags, "-emit-llvm", "-c", PROGRAMS / program, "-o", module], self.scratch)
            if status != 0:
                raise Failure(f"{program} does not compile:\n{output}")
            self.made[program, flags] = module
        return self.made[program, flags]


def line_of(program, words):
    """The number of the line that ends with a comment of these words."""
    lines = (PROGRAMS / program).read_text().splitlines()
    found = [number for number, line in enumerate(lines, 1) if line.endswith(f"// {words}")]
    if len(found) != 1:
        raise Failure(f"{program}: {len(found)} lines say {words!r}")
    return found[0]


def check_order(output, *expected):
    """Checks that the texts occur in this order. A text may be a compiled regular expression."""
    at = 0
    for text in expected:
        if isinstance(text, str):
            found = output.find(text, at)
            end = found + len(text)
        else:
            match = text.search(output, at)
            found, end = (match.start(), match.end()) if match else (-1, -1)
        if found < 0:
            raise Failure(f"not found, or not in this place: {getattr(text, 'pattern', text)!r}")
        at = end


def main(tests, prepare=None):
    """Runs `tests`, or those named on the command line. `prepare` may return a reason to skip all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runner", required=True, type=pathlib.Path)
    parser.add_argument("--clang", default="clang-19")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    reason = prepare() if prepare else None
    if reason:
        print(f"skipped: {reason}")
        sys.exit(SKIPPED)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="ajit-tools-") as scratch:
        bench = Bench(options.runner.resolve(), options.clang, pathlib.Path(scratch))
        for test in tests:
            if options.names and test.__name__ not in options.names:
                continue
            bench.output = ""
            try:
                test(bench)
                print(f"ok   {test.__name__}", flush=True)
            except (Failure, subprocess.TimeoutExpired) as failure:
                failed += 1
                print(f"FAIL {test.__name__}: {failure}\n{bench.output}", flush=True)
            except Exception:
                failed += 1
                print(f"FAIL {test.__name__}: {traceback.format_exc()}\n{bench.output}", flush=True)
    sys.exit(1 if failed else 0)
