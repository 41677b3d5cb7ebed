#!/usr/bin/env python3
"""Draws what bench/fleet/chaos.sh saw: an SVG picture of its time series.

Usage: bench/fleet/chaos.py FILE.tsv >FILE.svg
"""
import csv
import sys
from html import escape

WIDTH, LEFT, RIGHT, TOP, HEIGHT, GAP = 960, 64, 150, 96, 130, 40
COLORS = ("#1f6fb4", "#d1495b", "#2e8b57", "#8a5fbf")
EVENTS = (  # What a column counts, its name, its color, and the row of its marks
    ("replica_kills", "replica killed", "#d1495b"),
    ("replica_freezes", "replica frozen", "#e8960c"),
    ("redis_kills", "Redis killed", "#8a5fbf"),
    ("redis_freezes", "Redis frozen", "#1f6fb4"),
    ("reloads", "nginx reloaded", "#2e8b57"),
    ("replaced", "file replaced", "#999999"),
)
PANELS = (  # Title, and its lines: column, name, divided by what
    ("downloads that ended", (("finished", "right", 1), ("failed", "not", 1))),
    ("rd at work, and attempts repeated in a second", (("alive", "rd at work", 1), ("retries", "repeated", 1))),
    ("memory of the replicas, MiB (none while dead)", (("rss_0", "never killed", 1024), ("rss_1", "second", 1024), ("rss_2", "third", 1024))),
    ("open descriptors of the replicas", (("fds_0", "never killed", 1), ("fds_1", "second", 1), ("fds_2", "third", 1))),
)
EACH_SECOND = {"retries"}  # Counted from the start, shown as what came since the sample before


def steps(rows, column):
    """What a counter grew by from one sample to the next."""
    return [0] + [max(0.0, b[column] - a[column]) for a, b in zip(rows, rows[1:])]


def ceiling(value):
    """The next round number: 1, 2 or 5 times a power of ten."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if value <= factor * size:
                return factor * size
        size *= 10


def text(x, y, words, anchor="start", color="#333", size=12):
    return f'<text x="{x:.0f}" y="{y:.0f}" text-anchor="{anchor}" fill="{color}" font-size="{size}">{escape(str(words))}</text>'


def line(points, color):
    return f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}" fill="none" stroke="{color}" stroke-width="1.5"/>'


def marks(rows, across):
    for row, (column, name, color) in enumerate(EVENTS):
        y = 24 + 12 * row
        yield text(WIDTH - RIGHT + 8, y + 4, name, color=color, size=11)
        for sample, step in zip(rows, steps(rows, column)):
            if step:
                yield f'<path d="M{across(sample):.1f} {y - 4}v8" stroke="{color}" stroke-width="2"/>'


def panel(rows, across, top, title, lines):
    values = {}
    for column, _, divisor in lines:
        found = steps(rows, column) if column in EACH_SECOND else [row[column] for row in rows]
        values[column] = [value / divisor for value in found]
    most = ceiling(max(1, max(max(found) for found in values.values())))
    yield text(LEFT, top - 8, title, size=13)
    for part in range(3):
        y = top + HEIGHT - HEIGHT * part / 2
        yield f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
        yield text(LEFT - 8, y + 4, f"{most * part / 2:g}", "end", size=11)
    for number, (column, name, _) in enumerate(lines):
        color, points = COLORS[number], []
        for row, value in zip(rows, values[column]):
            if value == 0 and column.startswith(("rss", "fds")):  # It is dead.
                if len(points) > 1:
                    yield line(points, color)
                points = []
            else:
                points.append((across(row), top + HEIGHT - HEIGHT * value / most))
        if len(points) > 1:
            yield line(points, color)
        yield text(WIDTH - RIGHT + 8, top + 12 + 16 * number, name, color=color)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    with open(sys.argv[1], newline="", encoding="utf-8") as file:
        rows = [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file, delimiter="\t")]
    if len(rows) < 2:
        sys.exit("chaos.py: there is nothing to draw")
    end = rows[-1]["second"]
    height = TOP + len(PANELS) * (HEIGHT + GAP) + 16

    def across(row):
        return LEFT + (WIDTH - LEFT - RIGHT) * row["second"] / end

    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">')
    print(f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>')
    for part in marks(rows, across):
        print(part)
    for number, (title, lines) in enumerate(PANELS):
        for part in panel(rows, across, TOP + GAP // 2 + number * (HEIGHT + GAP), title, lines):
            print(part)
    for second in range(0, int(end) + 1, 60):
        print(text(across({"second": second}), height - 18, f"{second} s", "middle", size=11))
    print("</svg>")


main()
