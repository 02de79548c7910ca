"""Compiles one program of a suite, links it natively from its bitcode, runs it in every mode, and compares."""
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import types
import zlib

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "run"), str(HERE.parent / "differential")]
import program  # noqa: E402  (the path above is where it is)
import run_case  # noqa: E402

import explained  # noqa: E402

program.COMPILE_SECONDS = 40  # some check the compiler's arithmetic on a hundred thousand constants
NATIVE_SECONDS = 8
LANGUAGES = {"c": ["-x", "c"], "cpp": ["-x", "c++"], "ll": ["-x", "ir"]}

# Parts of the output that may differ between runs: addresses, process numbers, the program's path, and the backtrace
# that the runner adds when a signal kills a program.
CHANGING = [
    (re.compile(rb"ajit-run: the program was killed by signal.*", re.S), b""),
    (re.compile(rb"0x[0-9a-f]{5,16}"), b"ADDRESS"),
    (re.compile(rb"/\S*/(native|bitcode)/program"), b"program"),
]


def one_line(error):
    lines = str(error).splitlines() or ["no reason given"]
    return next((line for line in lines if "error:" in line), lines[0]).split("/native/program: ")[-1][-200:]


def compile_modules(test, level, directory):
    """Compiles each source to a module. All are named `program`, like the native executable: many print their name."""
    modules = []
    for i, source in enumerate(test.sources):
        module = directory / "bitcode" / ("program" if i == 0 else f"{i}.bc")
        common = [program.DRIVERS[test.language], *LANGUAGES[test.language], "-w"]
        tail = [f"-{level}", "-emit-llvm", "-c", source, "-o", module]
        if test.language == "ll":
            program.call(["opt-19", f"-passes=default<{level}>", source, "-o", module])
        else:
            try:
                program.call([*common, *test.flags, *tail])
            except program.CompileError as error:
                if not test.second_flags or "took more than" in str(error):
                    raise
                program.call([*common, *test.second_flags, *tail])
        modules.append(module)
    return modules


def link_native(test, level, modules, native):
    driver = program.DRIVERS["cpp" if test.language == "cpp" else "c"]
    inputs = [word for module in modules for word in ("-x", "ir", module)]
    program.call([driver, "-w", f"-{level}", "-fuse-ld=lld", "-rdynamic", *inputs, "-x", "none", *test.link, "-o", native])
    return native


def options_of(mode, test, level):
    """The options of a mode; seeds depend on the program and the level."""
    seed = zlib.crc32(f"{test.suite} {test.name} {level}".encode())
    return [option.format(seed=seed, other_seed=seed // 2 + 1) for option in run_case.MODES[mode]]


class Execution:
    """A program at a level, in a directory that `with` creates and removes."""

    def __init__(self, test, level, runner):
        self.test, self.level, self.runner = test, level, runner
        self.runs = 0

    def __enter__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="ajit-torture-"))
        for name in ("bitcode", "native"):
            (self.directory / name).mkdir()
        return self

    def __exit__(self, *unused):
        # Some programs leave directories without permissions.
        subprocess.run(["chmod", "-R", "u+rwx", self.directory], capture_output=True, check=False)
        shutil.rmtree(self.directory, ignore_errors=True)

    def settings(self, timeout):
        environment = [f"{name}={value}" for name, value in self.test.environment.items()]
        return types.SimpleNamespace(input=self.test.inputs, env=environment, stdin=None, timeout=timeout, stderr=True)

    def run(self, command, timeout):
        self.runs += 1
        command = [str(word) for word in command]
        outcome = run_case.run(command, self.settings(timeout), self.directory / f"run-{self.runs}")
        for pattern, instead in CHANGING:
            outcome.stdout = pattern.sub(instead, outcome.stdout)
            outcome.stderr = pattern.sub(instead, outcome.stderr)
        return outcome

    def run_native(self, native):
        return self.run([native, *self.test.arguments], NATIVE_SECONDS)

    def command(self, modules, mode):
        libraries = [f"--load={library}" for library in self.test.libraries]
        further = [f"--module={module}" for module in modules[1:]]
        return [self.runner, *options_of(mode, self.test, self.level), *libraries, *further, modules[0], *self.test.arguments]

    def result(self, modes):
        """The status, the number of runs of the runner, and the differences."""
        result = {"status": "same", "runs": 0, "reason": "", "failures": []}
        try:
            modules = compile_modules(self.test, self.level, self.directory)
            native = link_native(self.test, self.level, modules, self.directory / "native/program")
        except program.CompileError as error:
            return dict(result, status="uncompiled", reason=one_line(error))
        expected = self.run_native(native)
        if expected.timed_out:
            return dict(result, status="skipped", reason=f"takes more than {NATIVE_SECONDS} s natively")
        for mode in modes:
            command = self.command(modules, mode)
            got = self.run(command, 60 + 40 * expected.seconds)
            result["runs"] += 1
            lines = run_case.compare(expected, got, self.settings(0))
            if lines:
                result["failures"].append({"mode": mode, "command": shlex.join(map(str, command)), "lines": lines})
        if result["failures"]:
            result["status"], result["reason"] = self.judge(modules, native, expected)
        return result

    def judge(self, modules, native, expected):
        """Decides whether a difference is the runner's fault: status and reason."""
        def differs(other):
            return bool(run_case.compare(expected, self.run_native(other), self.settings(0)))

        if differs(native) or differs(native):
            return "unstable", "native runs of one executable differ"
        why = explained.reason(self.test.suite, self.test.name)
        if why:
            return "explained", why
        try:
            plain = [program.without_optnone(m, self.directory / f"plain-{i}.ll") for i, m in enumerate(modules)]
            for level in ("O0", "O1", "O2", "O3"):
                if differs(link_native(self.test, level, plain, self.directory / f"native/{level}")):
                    return "ambiguous", f"the same bitcode built natively at {level} differs as well"
        except program.CompileError as error:
            return "different", f"other native builds fail: {one_line(error)}"
        return "different", ""

    def keep(self, home):
        shutil.rmtree(home, ignore_errors=True)
        home.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(self.directory, home, symlinks=True)
