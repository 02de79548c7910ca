"""Shared by every test here: parses the arguments, and turns a failure into an exit status.

    python3 test_NAME.py --kernel kernel.elf --image samples.img --load-image load.img \
                         --samples bitcode/i386 --compiler clang-19
"""

import argparse
import sys

from machine import Failure, Machine

# Room for every sample at several tiers at once.
POOLS = "code=256K data=64K meta=64K "


class Environment:
    def __init__(self, arguments):
        self.kernel = arguments.kernel
        self.image = arguments.image
        self.load_image = arguments.load_image
        self.samples = arguments.samples
        self.compiler = arguments.compiler

    def boot(self, options="", image=None, pools=POOLS, **more):
        return Machine(self.kernel, self.image if image is None else image, pools + options, **more)


def main(*tests):
    parser = argparse.ArgumentParser()
    for name in ("--kernel", "--image"):
        parser.add_argument(name, required=True)
    for name in ("--load-image", "--samples"):
        parser.add_argument(name)
    parser.add_argument("--compiler", default="clang-19")
    environment = Environment(parser.parse_args())
    for test in tests:
        try:
            test(environment)
        except Failure as failure:
            print(f"FAILED {test.__name__}: {failure}")
            sys.exit(1)
        print(f"passed {test.__name__}")
