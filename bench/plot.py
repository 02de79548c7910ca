"""Horizontal bars on a logarithmic axis as SVG, without any package.

One group of bars per program, one bar per peer, a line at the base's ratio of
1. Both a light and a dark page can show it: text takes the page's colour.
"""
import math
from html import escape

COLOURS = ["#2b6cb0", "#63a4e0", "#b5d3f0", "#c05621", "#e08a53", "#eeb98f", "#f6dcc8", "#718096", "#a0aec0", "#276749"]
LEFT, WIDTH, BAR, GAP, TOP = 130, 560, 7, 10, 46


def bars(ratios, title, base):
    """`ratios` is {program: {peer: ratio to the base}}; the base itself is left out."""
    peers = list(dict.fromkeys(peer for by_peer in ratios.values() for peer in by_peer if peer != base))
    values = [v for by_peer in ratios.values() for peer, v in by_peer.items() if peer != base]
    low = min(0.5, 2 ** math.floor(math.log2(min(values, default=1))))
    high = max(2, 2 ** math.ceil(math.log2(max(values, default=1))))

    def x(value):
        return LEFT + WIDTH * (math.log(value) - math.log(low)) / (math.log(high) - math.log(low))

    group = len(peers) * BAR + GAP
    legend_rows = (len(peers) + 2) // 3
    top = TOP + legend_rows * 16
    height = top + len(ratios) * group + 30
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + 60} {height}" font-family="sans-serif" font-size="11">',
        "<style>text{fill:#333}line{stroke:#999}@media(prefers-color-scheme:dark){text{fill:#ddd}}</style>",
        f'<text x="{LEFT}" y="18" font-size="14">{escape(title)}</text>',
    ]
    for i, peer in enumerate(peers):
        at_x, at_y = LEFT + i % 3 * 190, 32 + i // 3 * 16
        out.append(f'<rect x="{at_x}" y="{at_y}" width="10" height="10" fill="{COLOURS[i % len(COLOURS)]}"/>')
        out.append(f'<text x="{at_x + 15}" y="{at_y + 9}">{escape(peer)}</text>')
    tick = low
    while tick <= high * 1.001:
        out.append(f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{top - 6}" y2="{height - 22}" stroke-width="{1.5 if tick == 1 else 0.4}"/>')
        out.append(f'<text x="{x(tick):.1f}" y="{height - 8}" text-anchor="middle">{tick:g}</text>')
        tick *= 2
    for row, (program, by_peer) in enumerate(ratios.items()):
        y = top + row * group
        out.append(f'<text x="{LEFT - 8}" y="{y + group / 2}" text-anchor="end">{escape(program)}</text>')
        for i, peer in enumerate(peers):
            if peer in by_peer:
                start, end = sorted((x(1), x(by_peer[peer])))
                out.append(
                    f'<rect x="{start:.1f}" y="{y + i * BAR}" width="{max(end - start, 0.8):.1f}" height="{BAR - 1}" '
                    f'fill="{COLOURS[i % len(COLOURS)]}"><title>{escape(f"{program}, {peer}: {by_peer[peer]:.2f}")}</title></rect>'
                )
    return "\n".join(out) + "\n</svg>\n"
