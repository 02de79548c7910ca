"""A function changes tier at exactly its 100th, 1,000th and 10,000th call,
whether the kernel loads objects in idle time or in the call that requests them."""

from harness import main

STEPS = [(99, None), (1, "O0 -> O1"), (899, None), (1, "O1 -> O2"), (8999, None), (1, "O2 -> O3"), (100, None)]


def step_through(machine, function, arguments):
    machine.wait_for_prompt()
    for calls, change in STEPS:
        text = machine.command(f"run {function} {arguments} x{calls}")
        if change is None and "RECOMPILE" in text:
            machine.fail(f"{calls} calls should change nothing:\n{text}")
        if change:
            machine.expect(text, rf"^\[RECOMPILE\] {function}: {change}$")
            machine.expect(text, rf"^\[ATOMIC-SWAP\] Code pointer updated to {change[-2:]}$")
    machine.expect(machine.command("profile"), rf"^{function} +10100 .* O3 +installed +hot$")


def exact_in_idle_time(env):
    with env.boot() as machine:
        step_through(machine, "fibonacci", "5")


def exact_in_the_call(env):
    with env.boot("sync on") as machine:
        step_through(machine, "xorshift_sum", "3")
        # The kernel loaded the new tier before the hundredth call went on, so that call ran in it.
        machine.expect(machine.command("tiers"), r"^xorshift_sum +O0 .* 99 +\d+ +\d+ +\d+ +\d+ +\d+$")


main(exact_in_idle_time, exact_in_the_call)
