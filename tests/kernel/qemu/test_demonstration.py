"""The demonstration: 150 calls of fibonacci, one recompilation at the hundredth
call, and the tables, with the pools of the first demonstration."""

from harness import main


def demonstration(env):
    with env.boot("demo; poweroff", pools="") as machine:
        text = machine.finish()
        for pattern in (
                r"^\[INIT\] CODE pool: 32 KiB",
                r"^\[INIT\] DATA pool: 32 KiB",
                r"^\[INIT\] METADATA pool: 16 KiB",
                r"^\[REGISTER\] fibonacci [iu]64\(i32\): .* O0 at",
                r"^\[RECOMPILE\] fibonacci: O0 -> O1$",
                r"^\[ATOMIC-SWAP\] Code pointer updated to O1$",
                r"^\[RECLAIM\] fibonacci: O0, \d+ bytes of code freed$",
                r"^\[RUN\] fibonacci = 6765, 150 calls$",
                r"^fibonacci +150 +\d+ +\d+ +\d+ +\d+ O1 +installed",
                r"^fibonacci +O0 +\S.* 100 ",
                r"^fibonacci +O1 +current +0 +50 "):
            machine.expect(text, pattern)
        if "[FAILED]" in text or "[FAULT]" in text:
            machine.fail("not everything went well")


main(demonstration)
