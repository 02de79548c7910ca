#!/usr/bin/env python3
"""Compilers' own execution suites as differential tests, as a command: see tests/torture/driver.py, and --help."""
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "torture"))
import driver  # noqa: E402  (the path above is where it is)

sys.exit(driver.main())
