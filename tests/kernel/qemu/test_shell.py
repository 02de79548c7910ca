"""The commands, typed and on the boot command line."""

from harness import main


def files(env):
    with env.boot() as machine:
        machine.wait_for_prompt()
        machine.expect(machine.command("ls"), r"^ +\d+  (?i:MANIFEST\.TXT)$")
        machine.expect(machine.command("cat manifest.txt"), r"^ajit-manifest 1$")
        machine.expect(machine.command("cat nothing"), r"^cat: nothing: no such file")
        machine.expect(machine.command("verify"), r"^\[VERIFY\] \d+ objects, 0 bad$")


def functions(env):
    with env.boot() as machine:
        machine.wait_for_prompt()
        machine.expect(machine.command("funcs"), r"^fibonacci +0x\w+ O0 +0x\w+ [iu]64\(i32\)$")
        machine.expect(machine.command("run nothing"), r"^there is no function nothing; funcs lists them$")
        machine.expect(machine.command("run fibonacci"), r"^fibonacci takes 1 argument, [iu]64\(i32\); 0 given$")
        machine.expect(machine.command("run fibonacci 1x"), r"^1x is not a valid i32$")
        machine.expect(machine.command("run widen 1"), r"^the shell cannot call widen: ")
        machine.expect(machine.command("load fibonacci 4"), r"^usage: load NAME TIER")
        machine.expect(machine.command("nothing"), r"^no command nothing")


def output_of_loaded_code(env):
    with env.boot() as machine:
        machine.wait_for_prompt()
        machine.expect(machine.command("run greet"), r"^hello from loaded code$")


def help_names_every_command(env):
    with env.boot() as machine:
        machine.wait_for_prompt()
        text = machine.command("help")
        for command in "help ls cat load funcs run profile tiers mem bench verify sync save demo poweroff".split():
            machine.expect(text, rf"^  {command} ")


def editing(env):
    with env.boot() as machine:
        machine.wait_for_prompt()
        machine.expect(machine.command("runn\x7f fibonacci 1\x080"), r"^\[RUN\] fibonacci = 0, 1 call$")


def programmed_io(env):
    with env.boot("disk=pio run fibonacci 20 x150; verify; poweroff") as machine:
        text = machine.finish()
        machine.expect(text, r"^\[DISK\] IDE, programmed I/O")
        machine.expect(text, r"^\[RUN\] fibonacci = 6765, 150 calls$")
        machine.expect(text, r"^\[VERIFY\] \d+ objects, 0 bad$")


def no_disk(env):
    with env.boot("mem; poweroff", image="") as machine:
        machine.expect(machine.finish(), r"^\[DISK\] no disk found; ")


main(files, functions, output_of_loaded_code, help_names_every_command, editing, programmed_io, no_disk)
