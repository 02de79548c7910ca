"""Every sample has the same results in every tier as on the host, 64-bit and
structure results included. Floating-point results agree to the bit."""

import re

import native
from harness import main


def load_all(machine, functions, tier):
    for name in functions:
        machine.expect(machine.command(f"load {name} {tier}"), rf"^\[LOAD\] {re.escape(name)}: O{tier} at")


def results_in_every_tier(env):
    library = native.build(env.samples, env.compiler)
    expected = [native.call(library, name, result, types, arguments)
                for name, result, types, lists in native.CASES for arguments in lists]
    with env.boot("quiet on") as machine:
        machine.wait_for_prompt()
        functions = [line.split()[0] for line in machine.command("funcs").splitlines()[1:]]
        for tier in range(4):
            load_all(machine, functions, tier)
            results = iter(expected)
            for name, result, types, lists in native.CASES:
                for arguments in lists:
                    line = native.run_line(name, types, arguments)
                    got, wanted = native.parse_result(result, machine.command(line)), next(results)
                    if got != wanted:
                        machine.fail(f"O{tier} {line}: {got:#x}, on the host {wanted:#x}")
        machine.power_off()


main(results_in_every_tier)
