"""Ten million calls on two processors across hundreds of tier changes: the kernel
counts every call, every call returns the right result, and all old code is freed."""

from harness import main

CALLS = 10_000_000


def ten_million_calls(env):
    with env.boot("tick interpret 1 4; stress interpret 1 4 x8000000; tick; poweroff",
                  qemu=("-accel", "tcg,thread=multi"), limit=600) as machine:
        text = machine.finish()
        here, there, made, counted, completed = map(int, machine.expect(
            text, r"^\[STRESS\] (\d+) calls here and (\d+) there, (\d+) together: (\d+) counted, (\d+) completed$"
        ).groups())
        swaps, reclaimed, waiting, failures, wrong = map(int, machine.expect(
            text, r"^\[STRESS\] (\d+) swaps, (\d+) versions reclaimed, (\d+) waiting, (\d+) failures, (\d+) wrong"
        ).groups())
        ticks = int(machine.expect(text, r"^\[TICK\] interpret: (\d+) calls .* 0 wrong$")[1])
        print(f"{made} calls, {ticks} more from the timer, {swaps} swaps, {reclaimed} reclaimed")
        if made != here + there or made < CALLS or swaps < 300:
            machine.fail("not enough calls or swaps")
        if counted < made or counted > made + ticks or completed != counted:
            machine.fail("calls were lost")
        if waiting or failures or wrong or reclaimed == 0:
            machine.fail("old code, failures or wrong results are left")


def structures_and_floating_point(env):
    """Calls with hidden result pointers and results in st(0), from both
    processors and the timer."""
    with env.boot("hz=500 quiet on; tick spiral 5; stress spiral 10 x50000; tick; poweroff", limit=200) as machine:
        text = machine.finish()
        made, counted, completed = map(int, machine.expect(
            text, r"^\[STRESS\] .* (\d+) together: (\d+) counted, (\d+) completed$").groups())
        machine.expect(text, r"^\[STRESS\] [1-9]\d* swaps, .* 0 waiting, 0 failures, 0 wrong results$")
        ticks = int(machine.expect(text, r"^\[TICK\] spiral: (\d+) calls .* 0 wrong$")[1])
        if not made <= counted <= made + ticks or completed != counted:
            machine.fail("calls were lost")


main(ten_million_calls, structures_and_floating_point)
