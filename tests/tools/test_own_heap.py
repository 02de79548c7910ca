#!/usr/bin/env python3
"""The border between the runner's heap and the C library's (own_heap.cpp).

    test_own_heap.py <nm> <ajit-run>

The runner exports no allocator, so programs and libraries keep the C library's.
It imports none either, and no function that returns memory for its caller to
free: that memory would come from the other heap.
"""
import subprocess
import sys

ALLOCATORS = (
    "malloc calloc realloc reallocarray free cfree memalign aligned_alloc posix_memalign valloc pvalloc "
    "malloc_usable_size"
).split()
GIVE_MEMORY = (
    "strdup __strdup strndup __strndup wcsdup asprintf vasprintf __asprintf_chk __vasprintf_chk getline getdelim __getdelim "
    "open_memstream scandir scandir64 glob getaddrinfo get_current_dir_name canonicalize_file_name tempnam "
    "backtrace_symbols getifaddrs"
).split()


def names(nm, runner, option):
    lines = subprocess.run([nm, "-D", option, runner], check=True, capture_output=True, text=True).stdout.splitlines()
    return {line.split()[-1].split("@")[0] for line in lines}


def main():
    nm, runner = sys.argv[1:]
    imported = names(nm, runner, "--undefined-only")
    exported = names(nm, runner, "--defined-only")
    faults = [f"imports {name}" for name in ALLOCATORS + GIVE_MEMORY if name in imported]
    faults += [f"exports {name}" for name in ALLOCATORS + GIVE_MEMORY if name in exported]
    faults += [f"exports {name}" for name in exported if name.startswith(("_Zn", "_Zd"))]
    faults += [f"imports {name}" for name in imported if name.startswith(("_Zn", "_Zd"))]
    print("\n".join(faults) or "the heaps are apart")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
