"""The compilers' own suites: their programs, and how to compile each.

The driver obeys those of a suite's directives (`dg-options`,
`ADDITIONAL_COMPILE_FLAGS`, `RUN:`) that say how to compile. It ignores their
expectations of the output: the reference is a native link of the same bitcode.
"""
import dataclasses
import pathlib
import re
import shlex

# Options of GCC's tests that control GCC's passes or request output files, and -O, which the driver sets.
NOT_FOR_US = re.compile(
    r"-(O.*|W.*|w|g.*|pedantic.*|fdump.*|fopt-info.*|save-temps|fprofile.*|f(no-)?tree.*|f(no-)?ipa.*|fcompare.*|flto.*"
    r"|f(no-)?gimple|fwhole-program|static|m32|fgnu-tm|fcoroutines|fconcepts.*|fmodules.*|fopenmp.*|fopenacc"
    r"|fcontracts|fsanitize.*|ansi-pedantic|fsplit-stack|flarge-source-files|mx32|S|c|E)$"
)
OLD_C = ["-Wno-error=implicit-int", "-Wno-error=implicit-function-declaration", "-Wno-error=int-conversion",
         "-Wno-error=incompatible-function-pointer-types", "-Wno-error=return-type"]


@dataclasses.dataclass
class Test:
    """One program of a suite, identified by suite and name."""

    suite: str
    name: str
    sources: list  # of paths; each becomes a module
    language: str  # "c", "cpp" or "ll"
    flags: list = dataclasses.field(default_factory=list)
    second_flags: list = dataclasses.field(default_factory=list)  # if it does not compile with the first
    link: list = dataclasses.field(default_factory=list)
    libraries: list = dataclasses.field(default_factory=list)  # for --load
    inputs: list = dataclasses.field(default_factory=list)
    environment: dict = dataclasses.field(default_factory=dict)
    arguments: list = dataclasses.field(default_factory=list)
    costly: bool = False  # slow to compile: runs at one level only, chosen by the name


def read(path):
    return path.read_text(errors="replace")


def dg_options(text):
    """Options of dg-options and dg-additional-options without a selector, or with one that matches this target."""
    found = []
    for options, rest in re.findall(r'dg-(?:additional-)?options\s+"([^"]*)"\s*(\{[^}]*\}|)', text):
        if not rest or re.search(r"target\s+(\*-\*|\{?\s*(x86|i\?86|c\+\+|int128|lp64))", rest):
            found += options.split()
    kept, skip = [], False
    for option in found:
        if skip or option == "--param":
            skip = not skip
        elif not option.startswith("--param") and not NOT_FOR_US.match(option):
            kept.append(option)
    return kept


def dg_runs(text):
    return re.search(r"dg-do\s+run", text) is not None


def dg_sources(path, text):
    names = " ".join(re.findall(r'dg-additional-sources\s+"?([^"}]*)', text)).split()
    return [path.parent / name for name in names if (path.parent / name).exists()]


def gcc_test(suite, root, path, text, language, flags):
    own = dg_options(text)
    plain = [o for o in own if o.startswith(("-std", "-D", "-I", "-m"))]
    if any(o.startswith(("-std", "-ansi")) for o in own):
        flags = [f for f in flags if not f.startswith("-std")]
    flags = flags + [f"-I{path.parent}"]
    second = [f for f in flags if not f.startswith("-std")] + [o for o in plain if not o.startswith("-std")]
    second += ["-std=gnu89" if language == "c" else "-std=gnu++98"]
    return Test(suite, str(path.relative_to(root)), [path, *dg_sources(path, text)], language, flags + own, second,
                link=["-lm", "-pthread", "-latomic", "-ldl"])


def gcc_c(sources):
    root = sources.gcc / "gcc/testsuite"
    flags = ["-std=gnu17", *OLD_C]
    execute = root / "gcc.c-torture/execute"
    for path in sorted(execute.rglob("*.c")):
        if "builtins" in path.parts:
            continue
        yield gcc_test("gcc-c", root, path, read(path), "c", flags)
    builtins = execute / "builtins"
    for path in sorted(builtins.glob("*.c")):
        library = path.with_name(path.stem + "-lib.c")
        if library.exists():
            test = gcc_test("gcc-c", root, path, read(path), "c", flags)
            test.sources += [library, builtins / "lib/main.c"]
            yield test
    for folder in ("gcc.dg", "c-c++-common"):
        for path in sorted((root / folder).rglob("*.c")):
            text = read(path)
            if dg_runs(text) and not {"asan", "tsan", "hwasan", "goacc", "gomp", "plugin", "tm", "guality", "simulate-thread"} & set(path.parts):
                yield gcc_test("gcc-c", root, path, text, "c", flags)


CXX_STANDARDS = {"cpp2a": "gnu++20", "coroutines": "gnu++20", "concepts": "gnu++20", "cpp23": "gnu++2b",
                 "g++.old-deja": "gnu++98"}


def gcc_cxx(sources):
    root = sources.gcc / "gcc/testsuite"
    for folder in ("g++.dg", "g++.old-deja", "c-c++-common"):
        for path in sorted([*(root / folder).rglob("*.C"), *(root / folder).rglob("*.c")]):
            text = read(path)
            if folder == "c-c++-common" and path.suffix != ".c" or not dg_runs(text):
                continue
            if {"asan", "tsan", "hwasan", "goacc", "gomp", "plugin", "tm", "modules", "pch", "guality", "simulate-thread"} & set(path.parts):
                continue
            standard = next((s for name, s in CXX_STANDARDS.items() if name in path.parts), "gnu++17")
            yield gcc_test("gcc-cxx", root, path, text, "cpp", [f"-std={standard}"])


def libstdcxx(sources):
    """The standard library's tests, with the system's libstdc++."""
    root = sources.gcc / "libstdc++-v3/testsuite"
    for path in sorted(root.rglob("*.cc")):
        text = read(path)
        if "dg-do run" not in text and re.search(r"dg-do\s+(compile|preprocess|link|assemble)", text):
            continue
        if not re.search(r"\bmain\s*\(", text):
            continue
        standard = "gnu++20" if re.search(r"c\+\+2[0ab]", text) else "gnu++2b" if "c++23" in text else "gnu++17"
        test = gcc_test("libstdcxx", root, path, text, "cpp", [f"-std={standard}", f"-I{root}/util", f"-I{path.parent}"])
        test.link += ["-ltbb"] if "tbb" in text else []
        test.inputs = sorted((root / "data").glob("*")) if re.search(r"\.(tst|txt|in)\"", text) else []
        test.costly = True
        yield test


def libcxx_flags(sources, text):
    lower = re.search(r"REQUIRES: c\+\+03 \|\| c\+\+11 \|\| c\+\+14", text)
    own = [o for line in re.findall(r"ADDITIONAL_COMPILE_FLAGS(?:\([^)]*\))?: (.*)", text) for o in line.split()]
    base = ["-std=c++14" if lower else "-std=c++2c", "-nostdinc++", f"-isystem{sources.libcxx_include}",
            f"-I{sources.llvm}/libcxx/test/support", "-D_LIBCPP_ENABLE_EXPERIMENTAL", "-fexperimental-library",
            "-faligned-allocation", "-fsized-deallocation"]
    return base + [o for o in own if not o.startswith("-W")], [f for f in base if "std=" not in f] + ["-std=c++20", *own]


def libcxx_test(sources, suite, root, path, more=()):
    flags, second = libcxx_flags(sources, read(path))
    libraries = [sources.libcxx_libraries / name for name in ("libc++.so.1", "libc++abi.so.1")]
    needed = re.findall(r"FILE_DEPENDENCIES: (.*)", read(path))
    inputs = [path.parent / n.strip(",") for line in needed for n in line.split() if (path.parent / n.strip(",")).is_file()]
    return Test(suite, str(path.relative_to(root)), [path], "cpp", [*flags, *more], [*second, *more],
                link=["-nostdlib++", f"-L{sources.libcxx_libraries}", "-lc++", "-lc++abi", "-lm", "-pthread",
                      "-latomic"], libraries=libraries, inputs=inputs,
                environment={"LD_LIBRARY_PATH": str(sources.libcxx_libraries)}, costly=True)


def libcxx(sources):
    root = sources.llvm / "libcxx/test"
    for path in sorted((root / "std").rglob("*.pass.cpp")):
        yield libcxx_test(sources, "libcxx", root, path)


def libcxxabi(sources):
    root = sources.llvm
    more = [f"-I{root}/libcxxabi/include", f"-I{root}/libcxxabi/src", f"-I{root}/libcxx/src", f"-I{root}/libunwind/include"]
    for folder in ("libcxxabi/test", "libunwind/test"):
        for path in sorted((root / folder).rglob("*.pass.cpp")):
            yield libcxx_test(sources, "libcxxabi", root, path, more)


def builtins(sources):
    root = sources.llvm / "compiler-rt/test/builtins/Unit"
    for path in sorted([*root.glob("*.c"), *root.glob("*.cpp")]):
        yield Test("builtins", path.name, [path], "cpp" if path.suffix == ".cpp" else "c",
                   [f"-I{sources.llvm}/compiler-rt/lib/builtins", f"-I{root}", "-DCOMPILER_RT_HAS_FLOAT16"],
                   link=["-lm"])


def lli(sources):
    """LLVM's own tests of its JITs: their programs, and the further modules and arguments that they name."""
    root = sources.llvm / "llvm/test/ExecutionEngine"
    for path in sorted(root.rglob("*.ll")):
        text = read(path)
        if re.search(r'target triple = "(?!x86_64)', text):
            continue
        if "Inputs" in path.parts or not re.search(r"^define.*@main\b", text, re.M):
            continue
        run = next((l for l in re.findall(r"RUN:(.*)", text) if re.search(r"\blli\b", l)), "")
        modules = [path.parent / "Inputs" / pathlib.Path(m).name for m in re.findall(r"-extra-module[= ](\S+)", run)]
        modules = [m for m in modules if m.exists()]
        arguments = shlex.split(run.split("%s", 1)[1].split("|")[0].split(">")[0]) if "%s" in run else []
        yield Test("lli", str(path.relative_to(root)), [path, *modules], "ll", link=["-lm"], arguments=arguments)


SUITES = {"gcc-c": gcc_c, "gcc-cxx": gcc_cxx, "libstdcxx": libstdcxx, "libcxx": libcxx, "libcxxabi": libcxxabi,
          "builtins": builtins, "lli": lli}
