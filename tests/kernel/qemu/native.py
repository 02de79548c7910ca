"""The samples compiled for this machine: the reference for every tier in the
kernel. Floating-point results must agree to the bit.

They are built at -O1 with SSE2 arithmetic and no contraction into fused
multiply-adds, like the kernel's objects. Types are those of the C sources; the
manifest knows widths but not signs, so results are compared as bit patterns.
"""

import ctypes as c
import glob
import os
import struct
import subprocess
import tempfile

I32, U32, I64, U64, F32, F64 = c.c_int32, c.c_uint32, c.c_int64, c.c_uint64, c.c_float, c.c_double

# function, result, argument types, lists of arguments
CASES = [
    ("fibonacci", U64, [I32], [[0], [1], [20], [93]]),
    ("fibonacci_recursive", U32, [I32], [[0], [12]]),
    ("crc32_pattern", U32, [U32, U32], [[0, 0], [1000, 3], [1024, 7]]),
    ("fnv1a_halves", U32, [U32], [[0], [305419896]]),
    ("matrix_trace", F64, [F64], [[1.5], [-0.1], [1e100]]),
    ("fused_difference", F64, [F64, F64, F64], [[0.1, 0.1, 0.01], [1e200, 1e200, 1], [1.1, 1.3, 1.43]]),
    ("average_f32", F32, [I32], [[1], [100], [1000]]),
    ("square_root", F64, [F64], [[2.0], [1e-10], [144.0]]),
    ("to_integers", I64, [F64], [[-1234.75], [1e9]]),
    ("from_integers", F64, [I64, U64], [[-5, 2**64 - 1], [2**53 + 1, 3]]),
    ("sort_checksum", U32, [I32, I32], [[0, 0], [200, 0], [200, 1]]),
    ("insertion_checksum", I32, [I32], [[1], [150]]),
    ("spiral", F64, [I32], [[0], [1], [50]]),
    ("extent_of", I64, [I32, I32], [[0, 1], [100, 37]]),
    ("divide_unsigned", U64, [U64, U64], [[2**64 - 1, 12345], [7, 2**63]]),
    ("remainder_signed", I64, [I64, I64], [[-100000000007, 97], [100000000007, -97]]),
    ("shift_mix", I64, [I64, I32], [[-2**62 + 12345, 5], [2**40 + 1, 40]]),
    ("greatest_common_divisor", U64, [U64, U64], [[2**40 * 9, 2**33 * 15]]),
    ("power_modulo", U64, [U64, U32, U32], [[3, 1000, 1009], [2**40, 65537, 4294967291]]),
    ("xorshift_sum", U64, [U32], [[0], [100]]),
    ("interpret", I32, [I32, I32], [[0, 10], [1, 33]]),
    ("descend", U32, [U32], [[0], [50]]),
    ("ackermann", U32, [U32, U32], [[2, 3]]),
    ("is_even", U32, [U32], [[0], [31], [32]]),
    ("primes_below", U32, [U32], [[2], [100], [512]]),
    ("divide", I32, [I32, I32], [[-100, 7]]),
]


def build(sources, compiler):
    """Compiles all samples into one library and loads it."""
    directory = tempfile.TemporaryDirectory(prefix="ajit-native-")
    path = os.path.join(directory.name, "samples.so")
    subprocess.run([compiler, "-O1", "-ffp-contract=off", "-fPIC", "-shared", "-o", path,
                    *sorted(glob.glob(os.path.join(sources, "*.c")))], check=True)
    library = c.CDLL(path)
    directory.cleanup()  # the library stays mapped
    return library


def bits(kind, value):
    """A result as an unsigned number of its width."""
    if kind is F64:
        return struct.unpack("<Q", struct.pack("<d", value))[0]
    if kind is F32:
        return struct.unpack("<I", struct.pack("<f", value))[0]
    return value & (2 ** (8 * c.sizeof(kind)) - 1)


def call(library, name, result, types, arguments):
    function = getattr(library, name)
    function.restype, function.argtypes = result, types
    return bits(result, function(*arguments))


def as_word(kind, value):
    """An argument as the kernel's shell reads it."""
    return float(value).hex() if kind in (F32, F64) else str(value)


def run_line(name, types, arguments):
    return " ".join(["run", name, *(as_word(kind, value) for kind, value in zip(types, arguments))])


def parse_result(kind, text):
    """The result in a line such as `[RUN] f = 0x1p+0 bits 0x3ff..., 1 call`."""
    value = text.split(" = ", 1)[1].split(",", 1)[0]
    if kind in (F32, F64):
        return int(value.split(" bits ")[1], 16)
    return bits(kind, int(value))
