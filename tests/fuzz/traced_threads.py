"""Stops a compile thread of ajit-run at a random instruction, tells where it is, and makes it fault there.

The thread then executes an address without memory, so the kernel raises a real SIGSEGV.
"""
import bisect
import ctypes
import errno
import os
import pathlib
import struct
import subprocess

PTRACE_PEEKDATA, PTRACE_GETREGS, PTRACE_SETREGS, PTRACE_DETACH = 2, 12, 13, 17
PTRACE_SEIZE, PTRACE_INTERRUPT = 0x4206, 0x4207
WAIT_ALL = 0x40000000  # __WALL: threads too
UNMAPPED = 0x10
COMPILE_THREAD = "ajit-compile"

REGISTERS = (
    "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es fs gs"
).split()


class Registers(ctypes.Structure):
    _fields_ = [(name, ctypes.c_ulonglong) for name in REGISTERS]


libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, thread, address=0, data=0):
    if libc.ptrace(request, thread, address, data) == -1:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


class Runner:
    """What the file of ajit-run says about addresses."""

    def __init__(self, path, nm):
        self.name = os.path.basename(path)
        self.symbols, self.thread_locals = [], {}
        listed = subprocess.run([nm, "-C", path], check=True, capture_output=True, text=True).stdout
        for line in listed.splitlines():
            address, kind, name = line[:16], line[17:18], line[19:]
            if kind in "tTwW" and address.strip():
                self.symbols.append((int(address, 16), name))
            for variable in ("way_out", "notes"):
                if name.endswith("::" + variable):
                    self.thread_locals[variable] = int(address, 16) - self.thread_local_bytes(path)
        self.symbols.sort()
        self.starts = [address for address, _ in self.symbols]
        self.end = self.starts[-1] + 0x10000
        heap = [address for address, name in self.symbols if name.startswith("je_")]
        self.heap = range(heap[0], heap[-1] + 1)  # the linker keeps jemalloc's functions together

    @staticmethod
    def thread_local_bytes(path):
        """From the first thread-local variable of the executable to the thread pointer."""
        data = pathlib.Path(path).read_bytes()
        start, size, count = struct.unpack_from("<Q14xHH", data, 32)
        for at in range(start, start + size * count, size):
            kind, memory, alignment = struct.unpack_from("<I36xQQ", data, at)
            if kind == 7:  # PT_TLS
                return -(-memory // alignment) * alignment
        raise ValueError("the runner has no thread-local variables")

    def function_at(self, address):
        if not self.starts or not self.starts[0] <= address < self.end:
            return "a library"
        return self.symbols[bisect.bisect_right(self.starts, address) - 1][1]


def compile_threads(process):
    """The compile threads of a process and of its children, as (process, thread)."""
    found = []
    for task in pathlib.Path(f"/proc/{process}/task").glob("*"):
        try:
            if (task / "comm").read_text().strip() == COMPILE_THREAD:
                found.append((process, int(task.name)))
            for child in (task / "children").read_text().split():
                found += compile_threads(int(child))
        except OSError:
            continue  # it has ended
    return found


class Stopped:
    """A thread that is stopped while this lives. `registers` is None if it has ended."""

    def __init__(self, process, thread):
        self.process, self.thread, self.registers, self.traced = process, thread, None, False

    def __enter__(self):
        try:
            ptrace(PTRACE_SEIZE, self.thread)
            self.traced = True
            ptrace(PTRACE_INTERRUPT, self.thread)
            _, status = os.waitpid(self.thread, WAIT_ALL)
            if not os.WIFSTOPPED(status):
                self.traced = False
                return self
            registers = Registers()
            ptrace(PTRACE_GETREGS, self.thread, 0, ctypes.addressof(registers))
            self.registers = registers
        except OSError as error:
            if error.errno not in (errno.ESRCH, errno.EPERM, errno.ECHILD):
                raise
        return self

    def __exit__(self, *_):
        if self.traced:
            try:
                ptrace(PTRACE_DETACH, self.thread)
            except OSError:
                self.reap()

    def reap(self):
        """The process cannot end before its tracer has seen that this thread ends."""
        try:
            while os.WIFSTOPPED(os.waitpid(self.thread, WAIT_ALL)[1]):
                pass
        except ChildProcessError:
            pass  # seen already

    def in_system_call(self):
        return ctypes.c_longlong(self.registers.orig_rax).value != -1

    def word_at(self, address):
        with open(f"/proc/{self.process}/mem", "rb", buffering=0) as memory:
            memory.seek(address)
            return struct.unpack("<Q", memory.read(8))[0]

    def thread_local(self, runner, name):
        return self.word_at(self.registers.fs_base + runner.thread_locals[name])

    def place(self, runner):
        """Where the thread is: "outside" of run_guarded() (compile_guard.h), in the "heap", or in the "compiler"."""
        if self.thread_local(runner, "way_out") == 0:
            return "outside"
        if self.registers.rip in runner.heap:
            return "heap"
        locks = self.thread_local(runner, "notes") >> 32  # taken_locks.h; those of the heap are under functions of it
        return "heap" if locks and any(word in runner.heap for word in self.words_on_stack()) else "compiler"

    def words_on_stack(self):
        """Return addresses are among them."""
        with open(f"/proc/{self.process}/mem", "rb", buffering=0) as memory:
            memory.seek(self.registers.rsp)
            data = memory.read(1024)  # less where the stack begins
        return [word for (word,) in struct.iter_unpack("<Q", data[: len(data) // 8 * 8])]

    def make_fault(self):
        self.registers.rip = UNMAPPED
        ptrace(PTRACE_SETREGS, self.thread, 0, ctypes.addressof(self.registers))


def may_trace():
    """Whether this process may stop another one that it started."""
    child = subprocess.Popen(["sleep", "60"])
    try:
        with Stopped(child.pid, child.pid) as stopped:
            return stopped.registers is not None
    finally:
        child.kill()
        child.wait()
