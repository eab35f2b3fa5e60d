#!/usr/bin/env python3
"""Draws what a program printed on a terminal as an SVG.

    CLICOLOR_FORCE=1 deploy/demo.sh --seconds 60 | grep -v "^  events" | docs/pictures/terminal.py 44 >docs/pictures/demo.svg

Reads text with colours (ANSI SGR) from standard input; of more lines than the number given, the middle
is left out. Nothing else is changed.
"""

import re
import sys
from xml.sax.saxutils import escape

WIDTH, HEIGHT, COLUMNS = 7.8, 17, 132
COLOURS = {
    "31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "34": "#79c0ff", "35": "#d2a8ff", "36": "#76e3ea",
    "91": "#ffa198", "92": "#aff5b4", "93": "#f2cc60", "94": "#a5d6ff", "95": "#e2c5ff", "96": "#b3f0ff",
    "90": "#8b949e",
}


def spans(line):
    """The parts of a line with their style."""
    style = {}
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        codes = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
        if codes:
            for code in (codes[1] or "0").split(";"):
                if code in ("0", ""):
                    style = {}
                elif code == "1":
                    style["font-weight"] = "bold"
                elif code == "2":
                    style["fill"] = COLOURS["90"]
                elif code in COLOURS:
                    style["fill"] = COLOURS[code]
        elif part:
            yield part, dict(style)


def drawn(number, line):
    """One line at its place."""
    line = re.sub(r"\x1b\[[0-9;?]*[A-Za-ln-z]", "", line)
    room, inner = COLUMNS, []
    for text, style in spans(line):
        shown, room = text[:room], room - len(text)
        attributes = "".join(f' {name}="{value}"' for name, value in style.items())
        inner.append(f"<tspan{attributes}>{escape(shown)}</tspan>")
        if room <= 0:
            break
    return f'<text x="14" y="{24 + number * HEIGHT}">{"".join(inner)}</text>'


def main():
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    lines = [line.rstrip("\n").rsplit("\r", 1)[-1] for line in sys.stdin]
    if len(lines) > most:
        lines = lines[: most // 2] + ["…"] + lines[len(lines) - most // 2 :]
    wide, high = COLUMNS * WIDTH + 28, len(lines) * HEIGHT + 30
    print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:g} {high}" font-size="13" '
          'font-family="ui-monospace, DejaVu Sans Mono, Menlo, Consolas, monospace" fill="#e6edf3">')
    print(f'<rect width="{wide:g}" height="{high}" rx="8" fill="#0d1117"/>')
    print('<g xml:space="preserve">')
    for number, line in enumerate(lines):
        print(drawn(number, line))
    print("</g></svg>")


main()
