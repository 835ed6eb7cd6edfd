"""The picture of a terminal in the README: real commands, run beside a running place, and what they print.

    python -m tests.documents.picture 'placeops drive list --limit 3' 'placeops queue stats' > docs/terminal.svg

Times and numbers are those of the moment, so nothing compares the picture with the program.
"""

from __future__ import annotations

import os
import re
import shlex
import sys

from rich.console import Console
from rich.text import Text

from tests.cli.terminal import on_terminal

COLUMNS = 112
# rich's own form loads a font from another site.
SVG = """<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>placeOps at work</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
    font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g></g>
</svg>
"""


def main(commands: list[str]) -> None:
    """Print the picture."""
    with open(os.devnull, "w") as nowhere:
        console = Console(record=True, width=COLUMNS, file=nowhere, force_terminal=True)
        for number, command in enumerate(commands):
            if number:
                console.print()
            console.print(f"[bold green]$[/] {command}", highlight=False)
            seen = on_terminal(shlex.split(command)[1:], os.environ, columns=COLUMNS)
            # What progress has written over is not on the screen any more.
            screen = re.sub(r"[^\n]*\r(?!\n)", "", seen.screen).replace("\r", "")
            console.print(Text.from_ansi(screen.rstrip()), soft_wrap=True)
        print(console.export_svg(title="placeOps", code_format=SVG, unique_id="placeops"), end="")  # noqa: T201


main(sys.argv[1:])
