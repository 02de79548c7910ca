#!/usr/bin/env python3
"""Valid modules that are nested too deeply for an ordinary stack.

    test_deep_modules.py <ajit-run>

Each runs, or is refused in one line; none crashes.
"""
import pathlib
import subprocess
import sys
import tempfile

MAIN = "define i32 @main() { ret i32 0 }\n"
TYPES, CONSTANTS, NODES = 50_000, 20_000, 100_000


def nested(begin, middle, end, count):
    return begin * count + middle + end * count


def chain(count):
    return "".join(f"!{i} = !{{!{i + 1}}}\n" for i in range(count)) + f"!{count} = !{{}}\n"


SUM = nested("add (i64 ", "ptrtoint (ptr @h to i64)", ", i64 1)", CONSTANTS)
MODULES = {
    "array types": f"@g = global {nested('[1 x ', 'i32', ']', TYPES)} zeroinitializer\n{MAIN}",
    "struct types": f"define i32 @main() {{\n  %x = alloca {nested('{ ', 'i32', ' }', TYPES)}\n  ret i32 0\n}}\n",
    "constant of a variable": f"@h = global i32 0\n@g = global i64 {SUM}\n{MAIN}",
    "constant in a body": f"@h = global i32 0\ndefine i32 @main() {{\n  %x = trunc i64 {SUM} to i32\n  ret i32 0\n}}\n",
    "named metadata": f"{MAIN}!x = !{{!0}}\n{chain(NODES)}",
    "metadata of an instruction": f"define i32 @main() {{\n  ret i32 0, !x !0\n}}\n{chain(NODES)}",
}


def main():
    failed = 0
    with tempfile.TemporaryDirectory(prefix="ajit-deep-") as scratch:
        for name, text in MODULES.items():
            path = pathlib.Path(scratch) / "module.ll"
            path.write_text(text)
            result = subprocess.run([sys.argv[1], str(path)], capture_output=True, text=True, timeout=120)
            lines = result.stderr.splitlines()
            runs = result.returncode == 0 and not lines
            refused = result.returncode == 1 and len(lines) == 1 and lines[0].startswith(("ajit-run: error: ", "ajit: error: "))
            print(f"{'ok  ' if runs or refused else 'FAIL'} {name}: {lines[0][:120] if lines else 'runs'}")
            failed += not (runs or refused)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
