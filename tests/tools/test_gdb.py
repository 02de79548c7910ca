#!/usr/bin/env python3
"""gdb on programs that ajit-run runs: breakpoints, backtraces, source lines, variables.

    test_gdb.py --runner <ajit-run> [test…]

Each test is a gdb session in batch mode. Most tests run with -O0 and with -O2 bitcode.
"""
import os
import re
import shutil
import signal
import subprocess
import time

from tool_test import Failure, check_order, line_of, main, run

SETTINGS = ["set confirm off", "set pagination off", "set style enabled off", "set width 0", "set debuginfod enabled off",
            "set breakpoint pending on"]
LEVELS = ("-O0", "-O2")
# gdb 13 may lose a multi-threaded process as it exits, with native code as well, and fails within itself if a thread has
# just begun.
ENDED = re.compile("exited normally|Couldn't get registers: No such process|internal-error: wait returned unexpected status")
THREAD_START = re.compile(r"start_thread|\?\? \(\) from .*/libc\.so")  # its name is in libc6-dbg
EACH_CALL = ["--sync", "--tiers=2,3,4"]  # the first call at O0, the second at O1, …


def gdb(bench, commands, arguments, options=()):
    """The output of a session; `arguments` are ajit-run's."""
    line = ["gdb", "-nx", "-q", "-batch", *options]
    for command in [*SETTINGS, *commands]:
        line += ["-ex", command]
    _, bench.output = run([*line, "--args", bench.runner, *arguments], bench.scratch)
    return bench.output


def debug_bitcode(bench, program):
    for level in LEVELS:
        yield bench.bitcode(program, "-g", level)


def hit(what):
    """A stop at breakpoint 1, which may have several locations. Some are in the middle of a line, in inlined code."""
    return re.compile(rf"Breakpoint 1(\.\d+)?, (0x[0-9a-f]+ in )?{re.escape(what)}")


def frame(number, function, file, line):
    """A backtrace's line."""
    return re.compile(rf"^#{number} .*\b{re.escape(function)} \(.*\) at \S*{re.escape(file)}:{line}$", re.M)


def pending_breakpoint_by_name(bench):
    for module in debug_bitcode(bench, "calls.c"):
        output = gdb(bench, ["break leaf", "run", "backtrace"], [module])
        check_order(
            output, "Breakpoint 1 (leaf) pending.", hit("leaf (value=0)"),
            frame(0, "leaf", "calls.c", line_of("calls.c", "first line of leaf")),
            frame(1, "middle", "calls.c", line_of("calls.c", "calls leaf")),
            frame(2, "main", "calls.c", line_of("calls.c", "calls middle")),
            re.compile(r"^#3 .* in main \(\)$", re.M),
        )


def pending_breakpoint_by_line(bench):
    line = line_of("calls.c", "behind the call")
    for module in debug_bitcode(bench, "calls.c"):
        output = gdb(bench, [f"break calls.c:{line}", "run", "backtrace"], [module])
        check_order(
            output, "pending.", hit("middle"), frame(0, "middle", "calls.c", line),
            frame(1, "main", "calls.c", line_of("calls.c", "calls middle")),
        )


def breakpoint_holds_in_every_tier(bench):
    tiers = ("O0", "O1", "O2", "O3")
    for module in debug_bitcode(bench, "calls.c"):
        commands = ["break leaf", "run"]
        for _ in tiers:
            commands += ["info symbol $pc", "backtrace", "continue"]
        output = gdb(bench, [*commands, "delete", "continue"], [*EACH_CALL, module])
        expected = []
        for count, tier in enumerate(tiers):
            # From O2 on its caller may have inlined it.
            expected += [hit(f"leaf (value={count})"), re.compile(rf"^(leaf|middle)\${tier} ", re.M),
                         frame(0, "leaf", "calls.c", line_of("calls.c", "first line of leaf")),
                         frame(r"\d", "middle", "calls.c", line_of("calls.c", "calls leaf")),
                         re.compile(r"^#\d .* in main \(argc=1, .*\) at .*calls.c", re.M)]
        check_order(output, *expected, ENDED)


def next_and_finish(bench):
    module = bench.bitcode("calls.c", "-g", "-O0")
    output = gdb(bench, ["break middle", "run", "next", "next", "info locals", "next", "info locals", "finish"], ["--profile=off", module])
    check_order(
        output, hit("middle (count=0)"), f"{line_of('calls.c', 'calls leaf')}\t", f"{line_of('calls.c', 'behind the call')}\t",
        "sum = 6", "return sum;", "sum = 18", re.compile(r"in main \(argc=1"), "Value returned is $1 = 18",
    )


def step_goes_through_the_stub(bench):
    # The first call may compile, and gdb would step over it, so this uses the second. As natively, gdb stops at the
    # entry.
    module = bench.bitcode("calls.c", "-g", "-O0")
    line = line_of("calls.c", "calls leaf")
    output = gdb(bench, [f"break calls.c:{line} if count == 1", "run", "step", "backtrace"], [module])
    check_order(output, hit("middle (count=1)"), "leaf (value=",
                frame(0, "leaf", "calls.c", r"\d+"), frame(1, "middle", "calls.c", line))


def global_variables(bench):
    for module in debug_bitcode(bench, "calls.c"):
        output = gdb(bench, ["break leaf", "run", "print rounds", "set var rounds = 2", "delete", "continue"], [module])
        check_order(output, "$1 = 12", "\n39\n", ENDED)


def variables_in_a_continuation(bench):
    # The variables are set before the loop, so the continuation's entry must describe them: an argument, a local, and
    # an array in memory.
    module = bench.bitcode("loop.c", "-g", "-O0")
    output = gdb(bench, ["break observe", "run", "continue 5", "up", "info symbol $pc", "print base", "print step", "print table",
                         "delete", "continue"], ["--osr=force", module])
    check_order(output, hit("observe (values="), hit("observe (values="), re.compile(r"^#1 .* in work \(base=7, ", re.M),
                re.compile(r"^work\S*\$O3\$loop0 \+", re.M), "$1 = 7", "$2 = 22", "$3 = {1, 104, 3, 157}", "\n30\n", ENDED)


def crash(bench):
    for module in debug_bitcode(bench, "calls.c"):
        output = gdb(bench, ["run", "backtrace"], [module, "8"])
        check_order(output, "received signal SIGSEGV", frame(0, "main", "calls.c", line_of("calls.c", "may crash")),
                    re.compile(r"^#1 .* in main \(\)$", re.M))


def methods_and_exceptions(bench):
    for module in debug_bitcode(bench, "objects.cpp"):
        output = gdb(
            bench,
            ["break geometry::Square::area", "run", "backtrace", "print side", "print *this", "print counter",
             "delete", "catch throw", "continue", "backtrace", "delete", "continue"], EACH_CALL + [module])
        check_order(
            output, hit("geometry::Square::area (this="),
            frame(0, "geometry::Square::area", "objects.cpp", line_of("objects.cpp", "first line of area")),
            frame(1, "measure", "objects.cpp", line_of("objects.cpp", "calls area")), "in main ()", "$1 = 3", "side = 3}",
            "$3 = 40", "exception thrown", "__cxa_throw", frame(1, "geometry::checked", "objects.cpp", line_of("objects.cpp", "throws")),
            frame(r"\d", "geometry::Square::area", "objects.cpp", line_of("objects.cpp", "calls checked")), "too large", "exited normally",
        )


def threads(bench):
    for module in debug_bitcode(bench, "objects.cpp"):
        output = gdb(bench, ["break geometry::checked if $_thread != 1", "run", "backtrace", "info threads", "continue",
                             "thread apply all backtrace 3", "delete", "continue"], [module])
        check_order(output, hit("geometry::checked (value=18)"), "measure (", THREAD_START,
                    re.compile(r"^\* \d+ +Thread .* geometry::checked", re.M), hit("geometry::checked (value=27)"),
                    re.compile(r"^#0 .*\bgeometry::checked", re.M), ENDED)


def without_debug_information(bench):
    for level in LEVELS:
        module = bench.bitcode("calls.c", level)
        output = gdb(bench, ["break leaf", "run", "backtrace", "continue", "backtrace", "delete", "continue"],
                     [*EACH_CALL, module])
        check_order(output, " in leaf ()", "in leaf ()", re.compile(r"#1 .* in middle\$O0 \(\)"), re.compile(r"#2 .* in main\$O0 \(\)"),
                    re.compile(r"#3 .* in main \(\)"), " in leaf ()", re.compile(r" in (middle\$O1|ajit_runtime_entry) \(\)"), ENDED)


def child_process(bench):
    module = bench.bitcode("family.c", "-g", "-O0")
    output = gdb(bench, ["set follow-fork-mode child", "break in_child", "run", "backtrace"], [module])
    check_order(output, "pending.", hit("in_child (x="), frame(0, "in_child", "family.c", r"\d+"),
                frame(1, "main", "family.c", r"\d+"))


def attaching(bench):
    module = bench.bitcode("family.c", "-g", "-O0")
    process = subprocess.Popen([bench.runner, "--debugger", module, "1000000000"], stdout=subprocess.DEVNULL)
    try:
        time.sleep(0.3)
        line = ["gdb", "-nx", "-q", "-batch", "-p", str(process.pid)]
        for command in [*SETTINGS, "break in_both", "continue", "backtrace"]:
            line += ["-ex", command]
        _, bench.output = run(line, bench.scratch)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    check_order(bench.output, "Breakpoint 1 at ", hit("in_both (x="), frame(0, "in_both", "family.c", r"\d+"),
                frame(1, "main", "family.c", r"\d+"))


def not_asked_for(bench):
    module = bench.bitcode("calls.c", "-g", "-O0")
    output = gdb(bench, ["break leaf", "run"], ["--debugger=off", module])
    if "Breakpoint 1, " in output:
        raise Failure("gdb knew the code")
    check_order(output, "pending.", ENDED)


TESTS = [pending_breakpoint_by_name, pending_breakpoint_by_line, breakpoint_holds_in_every_tier, next_and_finish,
         step_goes_through_the_stub, global_variables, variables_in_a_continuation, crash, methods_and_exceptions, threads, without_debug_information,
         child_process, attaching, not_asked_for]

if __name__ == "__main__":
    os.environ["LC_ALL"] = "C.UTF-8"
    main(TESTS, lambda: None if shutil.which("gdb") else "there is no gdb")
