"""A QEMU machine that runs the kernel: boots it, talks to its shell over the
serial line, and holds it to time limits.

Every wait has a limit, and the end of its `with` block kills the machine, so a
kernel that hangs fails only its own test. Each machine uses a copy of the image,
unless the test asks for the file itself: writes of one test must not reach
another.
"""

import os
import re
import selectors
import shutil
import subprocess
import tempfile
import time

PROMPT = b"ajit> "
PASS_STATUS = 33  # QEMU's exit status after `poweroff`
POLL_SECONDS = 0.2
# With this option the time stamp counter counts instructions, a thousand to a microsecond.
ICOUNT = ("-icount", "shift=0,sleep=off")


class Failure(Exception):
    """A test's failure, with the console's text so far."""


class Machine:
    """One boot. `options` are boot options and commands for -append."""

    def __init__(self, kernel, image, options="", processors=2, qemu=(), limit=60, keep_writes=False):
        self.console = b""
        self.answer_start = 0
        self.limit = limit
        self.started = time.monotonic()
        command = [
            "qemu-system-i386", "-accel", "tcg", "-cpu", "qemu32,+nx", "-smp", str(processors), "-m", "64",
            "-nodefaults", "-vga", "none", "-display", "none", "-serial", "stdio", "-monitor", "none", "-no-reboot",
            "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04", *qemu, "-kernel", kernel, "-append", options]
        if image:
            snapshot = "off" if keep_writes else "on"
            command += ["-drive", f"file={image},format=raw,if=ide,snapshot={snapshot}"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.process.stdout, selectors.EVENT_READ)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.selector.close()
        self.process.stdin.close()
        self.process.stdout.close()

    def text(self):
        return self.console.decode("latin-1").replace("\r\n", "\n")

    def fail(self, message):
        raise Failure(f"{message}\n--- console ---\n{self.text()[-6000:]}")

    def _read(self):
        """Reads the available output; False at its end."""
        for _ in self.selector.select(POLL_SECONDS):
            chunk = os.read(self.process.stdout.fileno(), 65536)
            self.console += chunk
            return bool(chunk)
        return True

    def _read_until(self, done, what, limit):
        deadline = time.monotonic() + (limit or self.limit)
        while not done():
            if not self._read() and not done():
                self.fail(f"the machine ended before {what}")
            if time.monotonic() > deadline:
                self.fail(f"no {what} within {limit or self.limit} s")

    def wait_for_prompt(self, limit=None):
        """Seconds from the start of QEMU to the first prompt."""
        self._read_until(lambda: PROMPT in self.console, "prompt", limit)
        return time.monotonic() - self.started

    def type(self, line):
        """Types a line at the prompt and returns at once."""
        if PROMPT not in self.console:
            self.wait_for_prompt()
        self.answer_start = len(self.console)
        self._send(line.encode() + b"\n")

    def interrupt(self, limit=None):
        """Types ^C; returns the output of the running command."""
        self._send(b"\x03")
        return self._answer("^C", limit)

    def pause(self, seconds):
        time.sleep(seconds)

    def command(self, line, limit=None):
        """Types a line at the prompt; returns the output up to the next prompt."""
        self.type(line)
        return self._answer(line, limit)

    def _send(self, keys):
        self.process.stdin.write(keys)
        self.process.stdin.flush()

    def _answer(self, line, limit):
        start = self.answer_start
        self._read_until(lambda: PROMPT in self.console[start:], f"prompt after '{line}'", limit)
        answer = self.console[start:].decode("latin-1").replace("\r\n", "\n")
        return answer.split("\n", 1)[1].rsplit("ajit> ", 1)[0]

    def finish(self, limit=None):
        """Waits for the power-off that -append requested; returns all the text."""
        deadline = time.monotonic() + (limit or self.limit)
        while self._read():
            if time.monotonic() > deadline:
                self.fail("the machine does not end")
        status = self.process.wait(timeout=10)
        if status != PASS_STATUS:
            self.fail(f"QEMU ended with status {status}, not {PASS_STATUS}")
        return self.text()

    def power_off(self):
        self.type("poweroff")
        return self.finish()

    def expect(self, text, pattern):
        """The match of a regular expression that must occur in `text`."""
        found = re.search(pattern, text, re.MULTILINE)
        if not found:
            self.fail(f"expected /{pattern}/ in:\n{text}")
        return found


class Image:
    """A private copy of an image, changed through mtools."""

    def __init__(self, original):
        self.directory = tempfile.mkdtemp(prefix="ajit-kernel-")
        self.path = os.path.join(self.directory, "image")
        shutil.copyfile(original, self.path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.directory)

    def _mtool(self, *command):
        environment = dict(os.environ, MTOOLS_SKIP_CHECK="1")
        return subprocess.run(command, env=environment, check=True, capture_output=True).stdout

    def read(self, name):
        return self._mtool("mtype", "-i", self.path, f"::{name}")

    def write(self, name, content):
        source = os.path.join(self.directory, "file")
        with open(source, "wb") as file:
            file.write(content)
        self._mtool("mcopy", "-o", "-i", self.path, source, f"::{name}")

    def delete(self, name):
        self._mtool("mdel", "-i", self.path, f"::{name}")

    def patch(self, offset, content):
        """Overwrites bytes of the image itself."""
        with open(self.path, "r+b") as file:
            file.seek(offset)
            file.write(content)

    def bytes(self):
        with open(self.path, "rb") as file:
            return file.read()

    def objects(self, function):
        """The names of a function's object files, by tier."""
        for line in self.read("MANIFEST.TXT").decode().splitlines():
            fields = line.split()
            if fields[:2] == ["function", function]:
                return fields[5:9]
        raise Failure(f"the image has no function {function}")
