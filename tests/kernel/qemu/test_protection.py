"""A forbidden operation in loaded code faults. The kernel reports the place, the
function and its tier, survives, and answers the next command."""

import re

from harness import main


def expect_fault(machine, line, *patterns):
    text = machine.command(line)
    for pattern in (*patterns, r"^\[FAULT\] call aborted, the kernel continues$",
                    r"^\[RUN\] \w+: aborted in call 1 of 1$"):
        machine.expect(text, pattern)
    machine.expect(machine.command("run fibonacci 10"), r"= 55,")


def pools_of(machine):
    rows = re.findall(r"^(\w+) +(\d+) .*(0x\w+) +(0x\w+)$", machine.command("mem"), re.MULTILINE)
    return {name: (int(run, 16), int(write, 16), int(size)) for name, size, run, write in rows}


def write_xor_execute(env):
    with env.boot() as machine:
        machine.wait_for_prompt()
        pools = pools_of(machine)
        code, alias, _ = pools["CODE"]
        data = pools["DATA"][0]
        expect_fault(machine, f"run poke {code:#x} 1",
                     r"write to a read-only page, error 0x03.*CODE pool, executable view", r"inside poke O0$")
        expect_fault(machine, f"run jump {alias:#x}", r"not executable, error 0x11.*CODE pool, writable view")
        expect_fault(machine, f"run jump {data:#x}", r"not executable, error 0x11.*DATA pool", r"inside jump O0$")
        expect_fault(machine, f"run jump {pools['METADATA'][0]:#x}", r"error 0x11.*METADATA pool")
        expect_fault(machine, "run poke 0x100000 0", r"read-only page, error 0x03.*kernel text")
        stack = machine.expect(machine.command("mem"), r"^processor 0: stack 0x\w+ to (0x\w+)$")[1]
        expect_fault(machine, f"run jump {int(stack, 16) - 16:#x}", r"not executable, error 0x11.*stack")


def guard_pages(env):
    with env.boot() as machine:
        machine.wait_for_prompt()
        for name, (run, write, size) in pools_of(machine).items():
            for address in {run - 4, run + size, write - 4, write + size}:
                expect_fault(machine, f"run poke {address:#x} 1",
                             rf"unmapped page, error 0x02.*guard page of the {name} pool")
            expect_fault(machine, f"run jump {run + size:#x}", r"unmapped page, error 0x10.*guard page")
        expect_fault(machine, "run peek 0", r"read of an unmapped page, error 0x00.*null page")


def faults_of_the_processor(env):
    with env.boot() as machine:
        machine.wait_for_prompt()
        expect_fault(machine, "run divide 1 0", r"^\[FAULT\] division error$", r"at 0x\w+ \(CODE pool.*: divide O0\)")
        expect_fault(machine, "run undefined_instruction", r"^\[FAULT\] invalid instruction$")
        machine.command("load divide 3")
        expect_fault(machine, "run divide 1 0", r"inside divide O3$")


def stack_overflow(env):
    with env.boot("hz=1000") as machine:
        machine.wait_for_prompt()
        machine.expect(machine.command("run big_frame 3"), r"= 6,")
        for _ in range(3):  # a frame of 100,000 bytes exceeds any reserve
            expect_fault(machine, "run big_frame 40", r"^\[FAULT\] double fault", r"inside big_frame O0, \d+ levels$")
        expect_fault(machine, "run is_even 100000", r"calls nested too deeply, the stack is full")


def tail_calls_take_no_stack(env):
    with env.boot("quiet on; load ping 2; load pong 2") as machine:
        machine.expect(machine.command("run ping 300000"), r"= 300000, 1 call$")
        machine.expect(machine.command("profile"), r"^ping +150001 ")


def the_other_processor(env):
    with env.boot() as machine:
        machine.wait_for_prompt()
        for line, fault in (("divide 1 0", "division error"), ("poke 0xc0000000 1", "page fault"),
                            ("big_frame 40", "double fault")):
            machine.command(f"other {line}")
            text = machine.command("wait")
            machine.expect(machine.text(), rf"\[FAULT\] {fault}")
            machine.expect(machine.text(), r"^\[FAULT\]   at .*, processor 1$")
            machine.expect(text, r"^\[OTHER\] \w+: aborted in call 1 of 1$")
        machine.command("other fibonacci 90 x10")
        machine.expect(machine.command("wait"), r"^\[OTHER\] fibonacci = 2880067194370816120, 10 calls$")


def a_fault_in_the_timer_handler(env):
    """The handler's call overflows the stack that a recursion has half used: the
    kernel abandons only that call, and the recursion underneath goes on."""
    with env.boot("hz=1000 load descend 0") as machine:  # higher tiers make it a loop
        machine.wait_for_prompt()
        machine.command("tick big_frame 9")
        text = machine.command("run descend 12000 x200", limit=60)
        machine.expect(text, r"^\[FAULT\]   called from descend O0, \d+ levels$")
        machine.expect(text, r"^\[RUN\] descend = 12000, 200 calls$")
        machine.expect(machine.command("tick"), r"^\[TICK\] big_frame: \d+ calls .* 0 wrong, aborted$")


def a_call_that_does_not_come_back(env):
    with env.boot() as machine:
        machine.wait_for_prompt()
        machine.type("run fibonacci 2000000000")
        machine.pause(0.5)
        machine.expect(machine.interrupt(), r"^\[FAULT\] stopped from the console$")
        machine.expect(machine.command("run fibonacci 10"), r"= 55,")
        machine.command("other fibonacci 2000000000")
        machine.type("wait")
        machine.pause(0.5)
        machine.expect(machine.interrupt(), r"^\[OTHER\] fibonacci: aborted in call 1 of 1$")


main(write_xor_execute, guard_pages, faults_of_the_processor, stack_overflow, tail_calls_take_no_stack,
     the_other_processor, a_fault_in_the_timer_handler, a_call_that_does_not_come_back)
