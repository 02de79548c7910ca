"""The kernel writes each function's tier to the image. The next boot starts from
these tiers, and calls of earlier boots count towards the next threshold."""

from harness import main
from machine import Image

SAVE_TRIES = 200  # a tenth of a second apart


def starts_at_the_saved_tier(env):
    with Image(env.image) as image:
        with env.boot("run fibonacci 20 x1500; poweroff", image=image.path, keep_writes=True) as machine:
            machine.expect(machine.finish(), r"^\[STATE\] every function starts cold$")
        with env.boot(image=image.path, keep_writes=True) as machine:
            machine.wait_for_prompt()
            machine.expect(machine.text(), r"^\[STATE\] restored the tiers of boot 1$")
            machine.expect(machine.text(), r"^\[REGISTER\] fibonacci .* O2 at")
            machine.expect(machine.text(), r"^\[REGISTER\] crc32_pattern .* O0 at")
            machine.expect(machine.command("run fibonacci 20 x8499"), r"= 6765, 8499 calls$")
            machine.expect(machine.command("run fibonacci 20"), r"^\[RECOMPILE\] fibonacci: O2 -> O3$")
            machine.power_off()
        with env.boot("tiers=ignore poweroff", image=image.path) as machine:
            machine.expect(machine.finish(), r"^\[REGISTER\] fibonacci .* O0 at")


def saved_without_power_off(env):
    """The idle shell saves, so pulling the plug afterwards loses no state."""
    with Image(env.image) as image:
        with env.boot(image=image.path, keep_writes=True) as machine:
            machine.wait_for_prompt()
            machine.command("run fibonacci 20 x150")
            for _ in range(SAVE_TRIES):
                if any(image.read("STATE.BIN")):
                    break
                machine.pause(0.1)
            else:
                machine.fail("the idle shell does not save")
        with env.boot("poweroff", image=image.path) as machine:
            machine.expect(machine.finish(), r"^\[REGISTER\] fibonacci .* O1 at")


def a_damaged_slot_falls_back(env):
    with Image(env.image) as image:
        for calls in (150, 900):
            with env.boot(f"run fibonacci 20 x{calls}; poweroff", image=image.path, keep_writes=True) as machine:
                machine.finish()
        state = bytearray(image.read("STATE.BIN"))
        state[len(state) // 2 + 30] ^= 1  # in the second slot, the newer one
        image.write("STATE.BIN", bytes(state))
        with env.boot("poweroff", image=image.path) as machine:
            machine.expect(machine.finish(), r"^\[REGISTER\] fibonacci .* O1 at")


main(starts_at_the_saved_tier, saved_without_power_off, a_damaged_slot_falls_back)
