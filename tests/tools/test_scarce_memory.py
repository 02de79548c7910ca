#!/usr/bin/env python3
"""ajit-run where the system grants little: address space, memfds, descriptors, sizes of files.

    test_scarce_memory.py --runner ajit-run [--clang clang]

The program forks. Its child compiles what the parent has not called, so both
need memory for code.
"""
import ctypes
import resource
import struct
import subprocess

import tool_test
from tool_test import Failure

MIB = 1 << 20
MEMFD_CREATE = 319
EPERM = 1


def forbid_memfds():
    """A seccomp filter as of containers: memfd_create fails with EPERM."""
    def instruction(code, jump_if, jump_else, value):
        return struct.pack("HBBI", code, jump_if, jump_else, value)
    load, jump_if_equal, answer = 0x20, 0x15, 0x06
    allow, refuse = 0x7FFF0000, 0x00050000 | EPERM
    program = (instruction(load, 0, 0, 0) + instruction(jump_if_equal, 0, 1, MEMFD_CREATE) +
               instruction(answer, 0, 0, refuse) + instruction(answer, 0, 0, allow))
    code = ctypes.create_string_buffer(program)
    filter_ = struct.pack("HxxxxxxQ", 4, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, set_seccomp, mode_filter = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(set_seccomp, mode_filter, filter_, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def limit(kind, value):
    return lambda: resource.setrlimit(kind, (value, resource.getrlimit(kind)[1]))


def run(bench, *options, program="family.c", before):
    command = [str(bench.runner), *options, str(bench.bitcode(program, "-O1"))]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120,
                            preexec_fn=before)
    bench.output = result.stdout
    return result.returncode, result.stdout


def check(bench, before):
    expected = run(bench, before=lambda: None)
    if expected[0] != 0 or "child 0" not in expected[1]:
        raise Failure("the program fails without limits")
    for options in ([], ["--sync", "--tiers=1,2,3"]):
        if run(bench, *options, before=before) != expected:
            raise Failure(f"differs with {options}")


def address_space_of_1_gib(bench):
    check(bench, limit(resource.RLIMIT_AS, 1024 * MIB))


def address_space_of_512_mib(bench):
    check(bench, limit(resource.RLIMIT_AS, 512 * MIB))


def no_memfds(bench):
    check(bench, forbid_memfds)


def files_of_no_size(bench):
    # The program's output is a pipe, which has no size.
    check(bench, limit(resource.RLIMIT_FSIZE, 0))


def few_descriptors(bench):
    check(bench, limit(resource.RLIMIT_NOFILE, 5))


def too_little_is_one_line(bench):
    status, output = run(bench, before=limit(resource.RLIMIT_AS, 200 * MIB))
    if status == 0 or len(output.splitlines()) != 1:
        raise Failure(f"status {status}")


def data_beyond_the_limit_is_one_line(bench):
    status, output = run(bench, program="much_data.c", before=limit(resource.RLIMIT_AS, 2048 * MIB))
    if status == 0 or len(output.splitlines()) != 1 or "static data" not in output:
        raise Failure(f"status {status}")


if __name__ == "__main__":
    tool_test.main([address_space_of_1_gib, address_space_of_512_mib, no_memfds, files_of_no_size, few_descriptors,
                    too_little_is_one_line, data_beyond_the_limit_is_one_line])
