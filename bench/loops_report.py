"""Turns the figures of loops.py into verdicts, a table and a plot."""
import statistics

import measure
import plot

REFERENCE, NATIVE, AJIT, AT_ONCE = "clang -O3", "clang -O3 native", "ajit-run", "ajit-run, O3 at once"
TIERS = ("O0", "O1", "O2")  # the tiers whose loops have checks
CHECK_LIMITS = {"O0": 1.12, "O1": 1.02, "O2": 1.02}
MEAN_LIMIT, WORST_LIMIT, TRANSITION_LIMIT, COMPILE_LIMIT = 1.15, 1.3, 20, 1.1
LEFT, STEP = 0.5, 0.05  # the bars in the table begin at half the reference's time


def median(peer, what="wall"):
    return statistics.median(peer[what]) if peer and peer[what] and not peer["problem"] else None


def spread(peer):
    """Half the distance from the fastest to the slowest run, relative to the median."""
    return (max(peer["wall"]) - min(peer["wall"])) / 2 / statistics.median(peer["wall"])


def ratio(over, under, what="wall"):
    x, y = median(over, what), median(under, what)
    return x / y if x and y else None


def run_ratios(figures, peer, base=REFERENCE):
    """{program: ratio of medians}; None where the program failed or was wrong."""
    programs = figures.get("runs", {}).get("programs", {})
    return {name: ratio(result["peers"][peer], result["peers"][base]) for name, result in programs.items()}


def check_ratios(figures, tier):
    """Compares CPU times: the programs never wait, and other processes disturb CPU time less than wall time."""
    programs = figures.get("checks", {}).get("programs", {})
    return {name: ratio(result["tiers"][tier]["checked"], result["tiers"][tier]["not"], "cpu")
            for name, result in programs.items() if tier in result["tiers"]}


def transition_times(figures):
    """{program: median in ms}; None where a run had no transition."""
    programs = figures.get("transitions", {}).get("programs", {})
    return {name: None if None in result["ms"] else statistics.median(result["ms"]) for name, result in programs.items()}


def compile_ratios(counts):
    return {name: c["checked"] / c["not"] if c["checked"] and c["not"] else None for name, c in counts.items()}


def mean(ratios):
    """The geometric mean; None if a program has no figure, because the mean of the others would mislead."""
    values = list(ratios.values())
    return measure.geometric_mean(values) if values and None not in values else None


def worst(ratios):
    """(value, name), None for the value if some program has no figure."""
    missing = [name for name, value in ratios.items() if value is None]
    if missing or not ratios:
        return None, ", ".join(missing) or "nothing"
    name = max(ratios, key=ratios.get)
    return ratios[name], name


def bars(figures):
    """(name, value, limit, unit, detail) of each bar whose part has been measured."""
    if "runs" in figures:
        for base in (REFERENCE, NATIVE):
            ratios = run_ratios(figures, AJIT, base)
            above = sorted(name for name, value in ratios.items() if value and value > MEAN_LIMIT)
            yield (f"whole runs / {base}, geometric mean", mean(ratios), MEAN_LIMIT, "",
                   f"{len(ratios)} programs, above it: {', '.join(above) or 'none'}")
            value, name = worst(ratios)
            yield f"whole runs / {base}, the worst", value, WORST_LIMIT, "", name
    if "checks" in figures:
        for tier in TIERS:
            ratios = check_ratios(figures, tier)
            value, name = worst(ratios)
            yield (f"checks that never fire at {tier}, geometric mean", mean(ratios), CHECK_LIMITS[tier], "",
                   f"the worst: {name}, {value:.2f}" if value else name)
    if "transitions" in figures:
        value, name = worst(transition_times(figures))
        yield "first transition after main's first body, worst median", value, TRANSITION_LIMIT, " ms", name
        rows = figures["transitions"].get("inside", [None])
        failed = rows.count(None)
        yield ("first transition, from inside the loop, median",
               None if failed else statistics.median(row[0] for row in rows), TRANSITION_LIMIT, " ms",
               f"{failed} of {len(rows)} runs without" if failed else
               f"worst {max(row[0] for row in rows):.1f} ms; the slowest chunk of the passage: "
               f"{statistics.median(row[2] - row[1] for row in rows):.0f} µs more than others")
    if "compiles" in figures:
        counts = {"loop programs": None, **compile_ratios(figures["compiles"].get("real", {}))}
        ratios = compile_ratios(figures["compiles"]["programs"])
        counts["loop programs"] = mean(ratios)
        for name, value in counts.items():
            detail = ""
            if name == "loop programs":
                highest, which = worst(ratios)
                detail = f"geometric mean of {len(ratios)}; the worst: {which}, {shown(highest)}"
            yield f"compiling O0 with points / without, {name}", value, COMPILE_LIMIT, "", detail


def shown(value, digits=2, unit=""):
    return "–" if value is None else f"{value:.{digits}f}{unit}"


def drawn(value):
    """A bar of text. It starts at half the reference's time; each character is a twentieth of the reference's time."""
    return "" if value is None else f"`{'█' * max(0, min(30, round((value - LEFT) / STEP)))}`"


def table(figures):
    """Markdown, a row per program, all parts side by side."""
    runs = figures.get("runs", {}).get("programs", {})
    columns = [run_ratios(figures, peer) for peer in (NATIVE, AT_ONCE, AJIT)]
    checks = [check_ratios(figures, tier) for tier in TIERS]
    transitions = transition_times(figures)
    head = [REFERENCE, "clang -O3 native", "ajit-run, O3 at once", "**ajit-run**", "from 0.5, a sign is 0.05",
            *(f"checks at {tier}" for tier in TIERS), "first transition"]
    lines = ["| program | " + " | ".join(head) + " |", "|---" * (len(head) + 1) + "|"]
    for name in sorted({*runs, *checks[0], *transitions}):
        cells = [name, "–", "–", "–", "–", ""]
        if name in runs:
            mine, native, once = (column[name] for column in (columns[2], columns[0], columns[1]))
            peers = runs[name]["peers"]
            said = f"**{mine:.2f}** ±{spread(peers[AJIT]) * 100:.0f} %" if mine else peers[AJIT]["problem"] or "–"
            cells = [name, shown(median(peers[REFERENCE]), 2, " s"), shown(native), shown(once), said, drawn(mine)]
        cells += [shown(column.get(name)) for column in checks] + [shown(transitions.get(name), 1, " ms")]
        lines.append("| " + " | ".join(cells) + " |")
    means = [shown(mean(column)) for column in columns]
    cells = ["geometric mean", "", means[0], means[1], f"**{means[2]}**", drawn(mean(columns[2])),
             *(f"**{shown(mean(column))}**" for column in checks), ""]
    return "\n".join([*lines, "| " + " | ".join(cells) + " |"])


def conditions(figures):
    """How and when each part was measured; different runs may have measured different parts."""
    said = []
    for part in ("runs", "checks", "transitions", "compiles"):
        if part in figures:
            p = figures[part]
            how = "instructions" if part == "compiles" else f"medians of {p['runs']}"
            said.append(f"{part} on {p['date']}, {how}, load average at the end {p['load']:.1f}")
    machine = next(figures[part]["machine"] for part in figures)
    return f"Measured by `bench/loops.py` on {machine}: {'; '.join(said)}."


def bar_table(figures):
    lines = ["| bar | measured | limit | |", "|---|---|---|---|"]
    for name, value, limit, unit, detail in bars(figures):
        met = value is not None and value <= limit
        text = shown(value, 1 if unit else 3, unit)
        lines.append(f"| {name} | {text if met else f'**{text}**'} | {limit:g}{unit} | {detail} |")
    return "\n".join(lines)


def write(figures, page):
    if not figures:
        return
    text = [conditions(figures), "Ratios are to the first column's median; checks: CPU time with checks over that without.", "",
            bar_table(figures), "", table(figures)]
    if "runs" in figures:
        by_peer = {peer: run_ratios(figures, peer) for peer in (AJIT, NATIVE, AT_ONCE)}
        names = by_peer[AJIT]
        ratios = {name: {peer: column[name] for peer, column in by_peer.items() if column[name]} for name in names}
        text += ["", "![Ratios to clang -O3](loops.svg)"]
        svg = plot.bars(ratios, f"Loops of main: run time relative to {REFERENCE} (logarithmic)", REFERENCE)
        page.with_name("loops.svg").write_text(svg)
    page.write_text(measure.page_with(page.read_text() if page.exists() else "", "\n".join(text), "loops.py"))
