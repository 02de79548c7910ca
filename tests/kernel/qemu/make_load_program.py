"""Writes the C program for test_limits.py, whose objects at four tiers take more
than a mebibyte. Its functions have a few kilobytes of code, like large functions
of real programs. Each calls the next, so that the objects have relocations.

    python3 make_load_program.py OUTPUT.c
"""

import sys

FUNCTIONS = 48
STATEMENTS = 140


def statement(function, number):
    shifts = f"(y << {number % 7 + 1}) ^ (y >> {(function + number) % 9 + 1})"
    return (f"    y = {shifts} ^ {function * 7919 + number * 104729}u;\n"
            f"    if (y & {1 << number % 20}u) y += x * {number + 3}u;\n")


def function(number):
    body = "".join(statement(number, i) for i in range(STATEMENTS))
    following = f"mix_{number + 1}(y)" if number + 1 < FUNCTIONS else "y"
    return f"unsigned mix_{number}(unsigned x) {{\n    unsigned y = x;\n{body}    return x ? {following} : y;\n}}\n"


def main():
    declarations = "".join(f"unsigned mix_{i}(unsigned x);\n" for i in range(FUNCTIONS))
    with open(sys.argv[1], "w", encoding="ascii") as file:
        file.write(declarations + "".join(function(i) for i in range(FUNCTIONS)))


main()
