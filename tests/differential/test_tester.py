#!/usr/bin/env python3
"""Tests of the differential tester: it detects failures, keeps and reduces them, and resumes a stopped run."""
import contextlib
import hashlib
import io
import json
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import driver  # noqa: E402
import modes  # noqa: E402
import results  # noqa: E402
import sources  # noqa: E402
from sources.dice import Dice  # noqa: E402

FAULTY = str(HERE / "faulty_runner.py")

# A program with a single 64-bit multiplication, among instructions that a reducer can remove.
WRONG_WHEN_ADDED = """\
@seen = global i64 0
@text = constant [6 x i8] c"%llu\\0A\\00"
declare i32 @printf(ptr, ...)
define internal i64 @product(i64 %a, i64 %b) noinline {
  %old = load i64, ptr @seen
  %new = add i64 %old, 1
  store i64 %new, ptr @seen
  %p = mul i64 %a, %b
  ret i64 %p
}
define i32 @main() {
  %first = call i64 @product(i64 6, i64 7)
  %second = call i64 @product(i64 %first, i64 10)
  %ignored = call i32 (ptr, ...) @printf(ptr @text, i64 %second)
  ret i32 0
}
"""


def run(*arguments):
    """The tester's exit status and output."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        status = driver.main([*arguments])
    return status, output.getvalue()


class Tester(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="differential-test-"))
        self.addCleanup(shutil.rmtree, self.directory)

    def run_faulty(self, *more):
        return run("--runner", FAULTY, "--kind", "loops=2", "--levels", "O0", "--modes", "eager-sync", *more)

    def test_a_wrong_compiler_is_seen_and_kept(self):
        status, output = self.run_faulty("--keep", str(self.directory))
        self.assertEqual(status, 1, output)
        self.assertIn("DIFFERENT loops seed 2: ", output)
        kept = self.directory / "loops-2"
        failure = json.loads((kept / "failure.json").read_text())["failures"][0]
        self.assertEqual(failure["again"], "3 of 3")
        self.assertTrue(pathlib.Path(failure["command"].split()[-1]).is_file(), failure["command"])
        outputs = [(kept / name / "stdout").read_bytes() for name in ("expected.O0", "got.O0.eager-sync")]
        self.assertNotEqual(*outputs)

    def test_goes_on_where_it_stopped(self):
        file = self.directory / "results.jsonl"
        self.run_faulty("--results", str(file))
        before = file.read_text()
        status, output = self.run_faulty("--results", str(file))
        self.assertEqual((status, file.read_text()), (1, before), output)
        self.assertRegex(output, r"\| loops: [^|]*\| 2 \| 1 \| 1 \| 0 \| 1 \|")

    def test_a_mode_that_the_runner_lacks_is_named(self):
        _, output = run("--runner", FAULTY, "--kind", "cfg=3", "--levels", "O0", "--modes", "only-O0,eager-sync")
        self.assertIn("no such options: only-O0", output)
        status, output = run("--runner", FAULTY, "--modes", "no-such-mode")
        self.assertEqual(status, 2)
        self.assertIn("unknown mode no-such-mode", output)

    def test_reduces_to_the_fault(self):
        kept = self.directory / "cfg-1"
        kept.mkdir()
        (kept / "cfg-1.ll").write_text(WRONG_WHEN_ADDED)
        from program import Program, to_bitcode

        to_bitcode(Program("cfg", 1, "ll", WRONG_WHEN_ADDED), "O0", kept)
        failure = {"level": "O0", "mode": "sync", "options": ["--sync"]}
        wanted = {"kind": "cfg", "seed": 1, "language": "ll", "flags": [], "arguments": [], "runner": [FAULTY]}
        (kept / "failure.json").write_text(json.dumps(dict(wanted, failures=[failure])))
        sys.argv[0] = str(HERE.parent.parent / "scripts" / "differential.py")
        status, output = run("--reduce", str(kept), "--delta-passes", "instructions,functions")
        self.assertEqual(status, 0, output)
        reduced = (kept / "reduced.ll").read_text()
        self.assertRegex(reduced, "= mul i64")
        self.assertNotIn("ptr @seen", reduced)

    def test_the_programs_of_a_seed_are_those_of_ever(self):
        """Covers all kinds except csmith, whose programs depend on its version."""
        for line in (HERE / "programs.sha256").read_text().splitlines():
            digest, kind, seed = line.split()
            text = sources.generate(kind, int(seed)).text
            self.assertEqual(hashlib.sha256(text.encode()).hexdigest(), digest, f"{kind} seed {seed} has changed")

    def test_the_dice_are_those_of_ever(self):
        dice = Dice("dice", 1)
        self.assertEqual([dice.below(1000) for _ in range(5)], DICE)
        self.assertNotEqual(Dice("other", 1).next(), Dice("dice", 1).next())

    def test_seeds_in_ranges(self):
        self.assertEqual(results.seed_ranges([3, 1, 2, 7]), "1..3, 7")
        self.assertEqual(list(driver.seed_range("3..5")), [3, 4, 5])

    def test_options_of_seeded_modes_are_valid(self):
        for name, draw in modes.SEEDED.items():
            for seed in range(200):
                for option in draw(Dice(name, seed)):
                    self.assertRegex(option, "^--[a-z-]+(=.+)?$")
                    if re.match("--tiers=[0-9]", option):
                        a, b, c = map(int, re.findall(r"\d+", option))
                        self.assertTrue(0 < a < b < c, option)


DICE = [792, 238, 794, 993, 73]

if __name__ == "__main__":
    unittest.main()
