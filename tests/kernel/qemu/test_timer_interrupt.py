"""The timer's handler calls a function that the interrupted code also runs, while
the function changes tier and the kernel frees its old code. Every call counts,
and every result is right."""

from harness import main


def swap_under_the_timer(env):
    with env.boot("hz=1000") as machine:
        machine.wait_for_prompt()
        machine.command("tick power_modulo 3 1000 1009 x3")
        text = machine.command("run power_modulo 3 1000 1009 x12000", limit=120)
        for change in ("O0 -> O1", "O1 -> O2", "O2 -> O3"):
            machine.expect(text, rf"^\[RECOMPILE\] power_modulo: {change}$")
        machine.expect(text, r"^\[RUN\] power_modulo = 404, 12000 calls$")
        ticks = int(machine.expect(machine.command("tick"), r"^\[TICK\] power_modulo: (\d+) calls .* 0 wrong$")[1])
        if ticks == 0:
            machine.fail("the timer's handler made no call")
        # `tick` itself made one more call, to tell the handler the expected result.
        machine.expect(machine.command("profile"), rf"^power_modulo +{12001 + ticks} ")
        machine.expect(machine.command("mem"), r"^CODE")
        machine.power_off()


def floating_point_survives_the_timer(env):
    """The handler's function uses the same registers as the one it interrupts."""
    with env.boot("hz=2000 quiet on") as machine:
        machine.wait_for_prompt()
        machine.command("tick square_root 2.0 x5")
        text = machine.command("run matrix_trace 1.5 x2000", limit=120)
        machine.expect(text, r"0x1\.22a07dd0f0f5ep\+5")
        machine.expect(machine.command("tick"), r"^\[TICK\] square_root: [1-9]\d* calls .* 0 wrong$")


main(swap_under_the_timer, floating_point_survives_the_timer)
