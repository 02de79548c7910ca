"""The results of a session: a file to resume from, progress, and the table.

The results file has one line per program, a JSON object. The driver writes it
as programs end, so you can stop a long run at any time and resume it later. A
program counts as done if its line covers all levels and modes of the current
command.
"""
import json
import pathlib
import sys
import time

COLUMNS = ("same", "different", "ambiguous", "skipped", "invalid")
PLAIN_SECONDS = 15  # between lines of progress if the output is not a terminal


class ResultsFile:
    """Holds past results by (kind, seed), and appends new ones to the file."""

    def __init__(self, path, levels, modes):
        self.past = {}
        self.stream = None
        if not path:
            return
        path = pathlib.Path(path)
        if path.exists():
            for line in path.read_text().splitlines():
                result = json.loads(line)
                if set(levels) <= set(result["levels"]) and set(modes) <= set(result["modes"]):
                    self.past[result["kind"], result["seed"]] = result
        path.parent.mkdir(parents=True, exist_ok=True)
        self.stream = path.open("a")

    def add(self, result):
        if self.stream:
            self.stream.write(json.dumps(result) + "\n")
            self.stream.flush()


class Progress:
    """Shows a bar on a terminal, occasional lines elsewhere, and failures at once on both."""

    def __init__(self, total, done):
        self.total, self.done, self.first = total, done, done
        self.counts = dict.fromkeys(COLUMNS, 0)
        self.start = self.shown = time.monotonic()
        self.terminal = sys.stdout.isatty()

    def add(self, result):
        self.done += 1
        self.counts[result["status"]] += 1
        if result["status"] in ("different", "ambiguous", "invalid"):
            self.clear()
            print(describe(result), flush=True)
        self.show()

    def status(self):
        passed = time.monotonic() - self.start
        left = passed / max(1, self.done - self.first) * (self.total - self.done)
        others = "".join(f", {self.counts[name]} {name}" for name in COLUMNS[1:] if self.counts[name])
        return f"{self.done}/{self.total}{others}, {passed:.0f} s, about {left:.0f} s to go"

    def show(self):
        now = time.monotonic()
        if self.terminal:
            width = 30
            full = width * self.done // max(1, self.total)
            self.clear()
            print(f"[{'#' * full}{'-' * (width - full)}] {self.status()}", end="", flush=True)
        elif now - self.shown >= PLAIN_SECONDS or self.done == self.total:
            self.shown = now
            print(self.status(), flush=True)

    def clear(self):
        if self.terminal:
            print("\r\033[K", end="")


def describe(result):
    """A failing result in a few lines."""
    lines = [f"{result['status'].upper()} {result['kind']} seed {result['seed']}: {result['reason']}"]
    for failure in result["failures"]:
        lines.append(f"  {failure['level']} {failure['mode']}: {failure['lines'][0]} (again in {failure['again']})")
        lines += ["    " + line for line in failure["lines"][1:8]]
    if "kept" in result:
        lines.append(f"  kept in {result['kept']}")
    return "\n".join(lines)


def seed_ranges(seeds):
    """[1, 2, 3, 7] as "1..3, 7"."""
    ranges = []
    for seed in sorted(seeds):
        if ranges and ranges[-1][1] == seed - 1:
            ranges[-1][1] = seed
        else:
            ranges.append([seed, seed])
    return ", ".join(f"{a}..{b}" if a != b else f"{a}" for a, b in ranges)


def table(results, titles):
    """The summary, in Markdown: a row per kind, and their sum."""
    lines = ["| kind | seeds | programs | runs | " + " | ".join(COLUMNS) + " | s per program |"]
    lines.append("|---" * (5 + len(COLUMNS)) + "|")
    kinds = [kind for kind in titles if any(result["kind"] == kind for result in results)]
    for kind in [*kinds, None]:
        own = [result for result in results if kind in (None, result["kind"])]
        seeds = seed_ranges(result["seed"] for result in own) if kind else ""
        counts = [sum(result["status"] == name for result in own) for name in COLUMNS]
        runs = sum(result["runs"] for result in own)
        seconds = sum(result["seconds"] for result in own) / max(1, len(own))
        name = f"{kind}: {titles[kind]}" if kind else "all"
        cells = [name, seeds, f"{len(own):,}", f"{runs:,}", *map(str, counts), f"{seconds:.1f}"]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
