"""Random choices that are the same in every version of Python.

A seed names a program in results files, in documentation and in the names of
tests, so it must always give the same program. Python promises that only for
random.random(); the functions built on it may change. Hence this module has its
own generator, splitmix64: it passes the usual statistical tests, needs one word
of state and has six lines.
"""

MASK = (1 << 64) - 1


class Dice:
    """A stream of choices, independent for each (kind, seed)."""

    def __init__(self, kind, seed):
        self.state = seed & MASK
        for letter in kind.encode():
            self.state = (self.next() ^ letter) & MASK

    def next(self):
        """64 random bits."""
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return z ^ (z >> 31)

    def below(self, limit):
        """0 to limit - 1."""
        return self.next() % limit

    def between(self, low, high):
        """low to high, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent):
        return self.below(100) < percent

    def choose(self, items):
        return items[self.below(len(items))]

    def weighted(self, pairs):
        """One of the items of [(weight, item), ...]."""
        at = self.below(sum(weight for weight, _ in pairs))
        for weight, item in pairs:
            if at < weight:
                return item
            at -= weight
        raise AssertionError("weights changed while they were summed")

    def shuffled(self, items):
        items = list(items)
        for i in range(len(items) - 1, 0, -1):
            j = self.below(i + 1)
            items[i], items[j] = items[j], items[i]
        return items
