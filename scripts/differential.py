#!/usr/bin/env python3
"""The differential tester, as a command: see tests/differential/driver.py, and --help."""
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "differential"))
import driver  # noqa: E402  (the path above is where it is)

sys.exit(driver.main())
