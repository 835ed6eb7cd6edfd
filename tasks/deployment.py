"""The deployment files that come with placeOps, with the paths and names of one installation filled in.

As they lie in the repository they are complete, and good for an installation in /opt/placeops; rendering replaces
those defaults. A wheel carries them beside this module.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from tasks.errors import PlaceopsError

Target = Literal["systemd", "compose", "k8s"]

STATE_FOLDER = re.compile(r"/var/lib/([\w.-]+(?:/[\w.-]+)*)")
BUILT = re.compile(r"^  image: \$\{IMAGE:-[^}]*\}\n  build: \.\n", re.MULTILINE)
NAMED = re.compile(r"\{name: placeops, (?:newName: \S+, )?newTag: [^}]*\}")
FORMS = {
    "prefix": (re.compile(r"/[\w./+-]+"), "an absolute path without spaces"),
    "data_dir": (re.compile(r"/[\w./+-]+"), "an absolute path without spaces"),
    "user": (re.compile(r"[a-z_][a-z0-9_-]{0,31}"), "the name of a user of this machine"),
    "image": (
        re.compile(r"[a-z0-9][\w./:-]*[\w]:[\w][\w.-]*"),
        "a name with a tag, as registry.example/placeops:1",
    ),
}


@dataclass(frozen=True, slots=True)
class Filled:
    """What is filled in: `prefix` holds bin/placeops, `user` runs it, `data_dir` keeps exports and backups."""

    prefix: str | None = None
    user: str | None = None
    data_dir: str | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """One file: its path below the folder, and whether it was written, is unchanged, or would be written."""

    path: str
    state: Literal["written", "unchanged", "planned"]


def render(
    target: Target, folder: Path, filled: Filled, *, force: bool = False, dry_run: bool = False
) -> list[File]:
    """Write the files of a way to deploy below the folder.

    Raises invalid-input for a value that does not fit, duplicate when files with other content are there already
    (with `force` they are replaced), file-unwritable.
    """
    texts = dict(sorted(_texts(target, _checked(target, filled)).items()))
    there = {path for path in texts if (folder / path).exists()}
    other = sorted(path for path in there if (folder / path).read_text("utf-8") != texts[path])
    if other and not force:
        raise PlaceopsError(
            "duplicate",
            f"in {folder} there are already other files of the same names: {len(other)}",
            "look at what differs, then give `force`, or render into another folder",
            details={"files": other},
        )
    return [_write(folder, path, texts[path], path in there - set(other), dry_run) for path in texts]


def _write(folder: Path, path: str, text: str, unchanged: bool, dry_run: bool) -> File:
    if unchanged or dry_run:
        return File(path, "unchanged" if unchanged else "planned")
    place = folder / path
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8")
        if path.endswith(".sh"):
            place.chmod(0o755)
    except OSError as error:
        raise PlaceopsError("file-unwritable", f"{place}: {error.strerror}") from error
    return File(path, "written")


def _checked(target: Target, filled: Filled) -> Filled:
    fitting = ("prefix", "user", "data_dir") if target == "systemd" else ("image",)
    for name, (form, told) in FORMS.items():
        value = getattr(filled, name)
        if value is not None and name not in fitting:
            raise PlaceopsError(
                "invalid-input", f"`{name}` has no place in files for {target}", field=f"/{name}"
            )
        if value is not None and not form.fullmatch(value):
            raise PlaceopsError("invalid-input", f"`{name}` must be {told}: {value!r}", field=f"/{name}")
    return filled


def _texts(target: Target, filled: Filled) -> dict[str, str]:
    """The files by their paths below the folder."""
    return {
        "systemd": _for_systemd,
        "compose": _for_compose,
        "k8s": _for_kubernetes,
    }[target](filled)


def _for_systemd(filled: Filled) -> dict[str, str]:
    prefix, user = filled.prefix or sys.prefix, filled.user or "placeops"
    data = filled.data_dir or "/var/lib/placeops"
    state = STATE_FOLDER.fullmatch(data)
    # systemd makes folders below /var/lib by itself, and lets a service write nowhere else unless it is told.
    keeps = f"StateDirectory={state[1]}\n" if state else f"ReadWritePaths={data}\n"

    def fill(text: str) -> str:
        text = text.replace("/opt/placeops/", f"{prefix}/").replace("/var/lib/placeops", data)
        text = text.replace("StateDirectory=placeops\n", keeps)
        return re.sub(r"^(User|Group)=placeops$", rf"\1={user}", text, flags=re.MULTILINE)

    return _read("systemd", "", fill)


def _for_compose(filled: Filled) -> dict[str, str]:
    image = filled.image or f"placeops:{_version()}"
    # There is no source to build it from beside the rendered file.
    compose = BUILT.sub(f"  image: {image}\n", _text("docker-compose.yml"))
    found = {"docker-compose.yml": compose}
    for name in ("compose.tls.yml", "Caddyfile", "make-secrets.sh"):
        found[f"deploy/{name}"] = _text(name)
    return found | _read("prometheus", "deploy/prometheus/") | _read("grafana", "deploy/grafana/")


def _for_kubernetes(filled: Filled) -> dict[str, str]:
    name, _, tag = (filled.image or f"placeops:{_version()}").rpartition(":")

    named = f"{{name: placeops, newName: {name}, newTag: '{tag}'}}"
    return _read("k8s", "", lambda text: NAMED.sub(named, text))


def _read(part: str, place: str, fill: Callable[[str], str] = str) -> dict[str, str]:
    return dict(_walk(_home() / part, place, fill))


def _walk(top: Path, place: str, fill: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    for path in top.rglob("*"):
        if path.is_file():
            yield place + path.relative_to(top).as_posix(), fill(path.read_text("utf-8"))


def _text(name: str) -> str:
    home = _home()
    return ((home if (home / name).exists() else home.parent) / name).read_text("utf-8")


def _home() -> Path:
    """The folder of the files: beside this module in an installation, in the checkout else."""
    shipped = Path(__file__).with_name("deploy")
    return shipped if shipped.is_dir() else Path(__file__).parents[1] / "deploy"


def _version() -> str:
    try:
        return version("placeops")
    except PackageNotFoundError:
        return "latest"
