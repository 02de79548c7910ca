"""The kernel refuses an object that is damaged, missing, of another tier or too
large for the free memory. It prints the name and the reason, and keeps the old tier."""

from checksum import seal
from harness import POOLS, main
from machine import Failure, Image


def refused_at_the_threshold(env, image, reason, pools=POOLS):
    """The hundredth call requests O1, which fails; the thousandth gets O2."""
    with env.boot(image=image.path, pools=pools) as machine:
        machine.wait_for_prompt()
        text = machine.command("run fibonacci 20 x100")
        machine.expect(text, rf"^\[FAILED\] fibonacci: O0 -> O1: {reason}.*; O0 stays in use$")
        machine.expect(text, r"^\[RUN\] fibonacci = 6765, 100 calls$")
        machine.expect(machine.command("profile"), r"^fibonacci +100 .* O0 +failed")
        text = machine.command("run fibonacci 20 x900")
        machine.expect(text, r"^\[RECOMPILE\] fibonacci: O0 -> O2$")
        machine.expect(text, r"^\[RUN\] fibonacci = 6765, 900 calls$")
        machine.power_off()


def damaged(env):
    with Image(env.image) as image:
        name = image.objects("fibonacci")[1]
        content = bytearray(image.read(name))
        content[0x40] ^= 1  # in the code: only the checksum reveals it
        image.write(name, bytes(content))
        refused_at_the_threshold(env, image, f"{name}: stamp: damaged, wrong checksum")


def missing(env):
    with Image(env.image) as image:
        name = image.objects("fibonacci")[1]
        image.delete(name)
        refused_at_the_threshold(env, image, f"{name}: no such file")


def of_another_tier(env):
    with Image(env.image) as image:
        first, second = image.objects("fibonacci")[1:3]
        image.write(first, image.read(second))
        refused_at_the_threshold(env, image, f"{first}: stamp: .*tier")


def truncated(env):
    with Image(env.image) as image:
        name = image.objects("fibonacci")[1]
        image.write(name, image.read(name)[:300])
        refused_at_the_threshold(env, image, f"{name}: ")


def with_an_unresolved_symbol(env):
    with Image(env.image) as image:
        name = image.objects("power_modulo")[1]
        content = image.read(name)
        if b"\0__umoddi3\0" not in content:
            raise Failure("the sample no longer calls __umoddi3")
        image.write(name, seal(content.replace(b"\0__umoddi3\0", b"\0__umoddi9\0")))
        with env.boot(image=image.path) as machine:
            machine.wait_for_prompt()
            text = machine.command("run power_modulo 3 1000 1009 x100")
            machine.expect(text, rf"^\[FAILED\] power_modulo: O0 -> O1: {name}: .*__umoddi9.*; O0 stays in use$")
            machine.expect(text, r"= 404, 100 calls$")


def damaged_data(env):
    """Functions that need the global variables have no code; the others run."""
    with Image(env.image) as image:
        content = bytearray(image.read("DATA0.OBJ"))
        content[-1] ^= 1
        image.write("DATA0.OBJ", bytes(content))
        with env.boot(image=image.path) as machine:
            machine.wait_for_prompt()
            machine.expect(machine.text(), r"^\[FAILED\] DATA0\.OBJ: ")
            machine.expect(machine.text(), r"^\[FAILED\] crc32_bytes: O0: \S+: .*crc_table.*not defined by the program or the kernel$")
            machine.expect(machine.command("run fibonacci 20 x150"), r"^\[RUN\] fibonacci = 6765, 150 calls$")


def no_place_for_the_state(env):
    with Image(env.image) as image:
        image.delete("STATE.BIN")
        with env.boot("run fibonacci 20 x150; poweroff", image=image.path) as machine:
            text = machine.finish()
            machine.expect(text, r"^\[STATE\] STATE\.BIN: no such file or directory; tiers will not be kept$")
            machine.expect(text, r"^\[RUN\] fibonacci = 6765, 150 calls$")


def full_pool(env):
    """If memory suffices only for the entry stubs and the code of a few functions,
    the kernel names the functions without code and runs the others."""
    with env.boot(pools="code=4K data=64K meta=64K ") as machine:
        machine.wait_for_prompt()
        machine.expect(machine.text(), r"^\[FAILED\] \w+: O0: \S+: .*(room|memory|pool)")
        machine.expect(machine.command("run fibonacci 20 x150"), r"^\[RUN\] fibonacci = 6765, 150 calls$")
        machine.expect(machine.command("run spiral 3"), r"^\[FAULT\] \w+ has no code")
        machine.expect(machine.command("mem"), r"^CODE +4096 +\d+ +\d+ +[1-9]\d* ")


def full_metadata_pool(env):
    with env.boot(pools="code=256K data=64K meta=4K ") as machine:
        machine.wait_for_prompt()
        machine.expect(machine.text(), r"^\[FAILED\] \w+ and the functions after it .* METADATA pool is full$")
        machine.expect(machine.command("run fibonacci 20"), r"= 6765, 1 call$")


main(damaged, missing, of_another_tier, truncated, with_an_unresolved_symbol, damaged_data,
     no_place_for_the_state, full_pool, full_metadata_pool)
