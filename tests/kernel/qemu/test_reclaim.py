"""The kernel frees old code right after the last activation has returned: while a
recursion still has levels in the code, it keeps it."""

import re

from harness import main


def recursion_keeps_its_tiers(env):
    with env.boot("sync on") as machine:
        machine.wait_for_prompt()
        # At 10,000 levels, the recursion has passed all tiers without returning.
        text = machine.command("run descend 12000")
        events = re.findall(r"^\[(?:RECOMPILE|RECLAIM)\] descend: (\S+)", text, re.MULTILINE)
        if events[:3] != ["O0", "O1", "O2"] or sorted(events[3:]) != ["O0,", "O1,", "O2,"]:
            machine.fail(f"freed before it had returned: {events}")
        machine.expect(text, r"^\[RUN\] descend = 12000, 1 call$")
        machine.expect(machine.command("run count_visits"), r"= 12001,")


def aborted_calls_leave_nothing_behind(env):
    with env.boot() as machine:
        machine.wait_for_prompt()
        text = machine.command("run descend 1000000")
        machine.expect(text, r"^\[FAULT\] descend: calls nested too deeply")
        machine.expect(text, r"^\[RUN\] descend: aborted in call 1 of 1$")
        machine.command("load descend 1")
        machine.expect(machine.command("run descend 10"), r"= 10, 1 call$")
        for line in machine.command("tiers").splitlines():
            if line.startswith("descend ") and " retired " in line:
                machine.fail(f"still held: {line}")


def freed_code_is_breakpoints(env):
    with env.boot() as machine:
        machine.wait_for_prompt()
        entry = machine.expect(machine.command("funcs"), r"^spiral +\S+ +O0 +(0x\w+)")[1]
        machine.command("load spiral 2")
        machine.command("run spiral 3")
        word = int(machine.expect(machine.command(f"run peek {entry}"), r"= (-?\d+),")[1])
        if word & 0xFFFFFFFF != 0xCCCCCCCC:
            machine.fail(f"freed code holds {word:#x}")
        machine.expect(machine.command(f"run jump {entry}"), r"^\[FAULT\] breakpoint$")


main(recursion_keeps_its_tiers, aborted_calls_leave_nothing_behind, freed_code_is_breakpoints)
