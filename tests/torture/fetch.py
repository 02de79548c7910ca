"""Fetches the suites' sources from Debian's archive, and LLVM's C++ library.

Everything goes under one directory, and only the parts with tests are unpacked. GCC's suites take a download of 90 MB,
LLVM's one of 165 MB. The C++ library is only unpacked there: its package conflicts with other versions of itself.
"""
import fcntl
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent / "scripts"))
import real_programs  # noqa: E402  (the path above is where it is)

GCC_PARTS = ["*/gcc/testsuite/gcc.c-torture", "*/gcc/testsuite/gcc.dg", "*/gcc/testsuite/g++.dg",
             "*/gcc/testsuite/g++.old-deja", "*/gcc/testsuite/c-c++-common", "*/libstdc++-v3/testsuite"]
LLVM_PARTS = ["*/libcxx/test", "*/libcxx/src", "*/libcxxabi/test", "*/libcxxabi/src", "*/libcxxabi/include", "*/libunwind/test",
              "*/libunwind/include", "*/compiler-rt/test/builtins", "*/compiler-rt/lib/builtins",
              "*/llvm/test/ExecutionEngine", "*/llvm/test/Bitcode"]
LIBCXX_PACKAGES = ["libc++-19-dev", "libc++1-19", "libc++abi1-19", "libc++abi-19-dev", "libunwind-19", "libunwind-19-dev"]


def say(text):
    print(f"torture: {text}", flush=True)


def run(command, directory, environment=None):
    done = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, errors="replace")
    if done.returncode:
        sys.exit(f"torture: failed with status {done.returncode}: {' '.join(map(str, command))}\n{done.stderr[-2000:]}")


class Sources:
    """The directories of the suites, each created on first use."""

    def __init__(self, directory):
        self.directory = directory.resolve()
        self.archive = real_programs.Archive(self.directory / "archive")

    def part(self, name, make):
        """Creates a directory atomically: after an interrupted run it is missing."""
        home = self.directory / name
        if home.exists():
            return home
        self.directory.mkdir(parents=True, exist_ok=True)
        with open(self.directory / "lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # another command may be creating it
            if home.exists():
                return home
            partial = self.directory / f"{name}.partial"
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            make(partial)
            partial.rename(home)
        return home

    def fetch(self, package, directory):
        self.archive.update()
        say(f"fetching the sources of {package}")
        run(["apt-get", "source", "--only-source", "--download-only", package], directory, self.archive.environment())

    @property
    def gcc(self):
        def make(directory):
            self.fetch("gcc-12", directory)
            say("unpacking GCC's suites")
            run(["tar", "xzf", *directory.glob("*.orig.tar.gz"), "--wildcards", "*/gcc-12*dfsg.tar.xz"], directory)
            inner = next(directory.glob("*/gcc-12*dfsg.tar.xz"))
            run(["tar", "xJf", inner, "--wildcards", *GCC_PARTS], directory)
            inner.unlink()
            next(directory.glob("*.orig.tar.gz")).unlink()

        return next(p.parent for p in self.part("gcc", make).glob("*/libstdc++-v3"))

    @property
    def llvm(self):
        def make(directory):
            self.fetch("llvm-toolchain-19", directory)
            say("unpacking LLVM's suites")
            run(["tar", "xJf", *directory.glob("*.orig.tar.xz"), "--wildcards", *LLVM_PARTS], directory)
            next(directory.glob("*.orig.tar.xz")).unlink()

        return next(p.parent for p in self.part("llvm", make).glob("*/libcxx"))

    @property
    def libcxx_home(self):
        def make(directory):
            say("fetching LLVM's C++ library")
            run(["apt-get", "download", *LIBCXX_PACKAGES], directory)
            for package in directory.glob("*.deb"):
                run(["dpkg", "-x", package, "."], directory)

        return self.part("libcxx", make) / "usr/lib/llvm-19"

    @property
    def libcxx_include(self):
        return self.libcxx_home / "include/c++/v1"

    @property
    def libcxx_libraries(self):
        return self.libcxx_home / "lib"
