"""`placeops backup` on the line: who is asked what, exit codes, names that scripts go on with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from sql import databases, engine
from sql.engine import transaction
from tasks.services.dumps import files
from tests.cli.conftest import Run
from tests.cli.terminal import on_terminal
from tests.conftest import Place


@pytest.fixture
def name(place: Place, office: list[int]) -> Iterator[str]:
    """The name of a database with thirty students; what a restore puts aside goes at the end."""
    found = databases.name_of(place.database_url)
    yield found
    engine.dispose()
    with databases.connect(place.database_url, "postgres") as conn:
        for other in databases.names(conn):
            if other.startswith(f"{found}_before_"):
                databases.drop(conn, other)


def students() -> int:
    with transaction() as tx:
        return int(tx.scalar(text("SELECT count(*) FROM students")) or 0)


def test_yesterday_by_the_line(placeops: Run, name: str) -> None:
    made = placeops("backup", "create", "-q")
    backup = made.out.strip()
    assert made.code == 0 and backup.startswith(name) and made.err == ""
    assert placeops("backup", "list", "-q").lines == [backup]
    assert placeops("backup", "verify", "-q").lines == [backup]
    assert placeops("backup", "list").column("verified_at") != [""]
    with transaction() as tx:
        tx.execute(text("DELETE FROM students"))
    assert placeops("backup", "restore", "--replace", "another").code == 2
    assert students() == 0
    restored = placeops("backup", "restore", backup, "--replace", name)
    assert restored.code == 0 and restored.column("kept")[0].startswith(f"{name}_before_")
    placeops("status")
    assert students() == 30
    assert placeops("backup", "prune", "--keep", "1").code == 0


def test_where_nobody_can_be_asked_nothing_is_replaced_or_removed(placeops: Run, name: str) -> None:
    assert placeops("backup", "restore").code == 4
    assert placeops("backup", "create").code == 0
    refused = placeops("backup", "restore")
    assert refused.code == 2 and "--replace DATABASE" in refused.err and name in refused.err
    older(1)
    refused = placeops("backup", "prune", "--keep", "1")
    assert refused.code == 2 and "--yes" in refused.err
    assert len(placeops("backup", "list", "-q").lines) == 2


def older(number: int) -> None:
    """Backups of the days before the newest one."""
    newest = files.found()[0]
    for days in range(1, number + 1):
        moment = newest.created_at - timedelta(days=days)
        other = replace(newest, name=files.name_for(newest.database, moment), created_at=moment)
        files.write_manifest(files.backup_folder(), other)
        other.dump.write_bytes(newest.dump.read_bytes())


def test_only_so_many_are_kept(placeops: Run, name: str) -> None:
    first = placeops("backup", "create", "-q").lines
    older(3)
    gone = placeops("backup", "prune", "--keep", "3", "--yes", "-q")
    assert gone.code == 0 and len(gone.lines) == 1
    assert len(placeops("backup", "prune", "--keep", "2", "--dry-run", "-q").lines) == 1
    made = placeops("backup", "create", "--keep", "2", "-q")
    assert made.code == 0 and made.err == ""
    left = placeops("backup", "list", "-q").lines
    assert len(left) == 2 and left[0] == made.out.strip() and {*left} & {*first}


@pytest.mark.parametrize(("answer", "code"), [("", 7), ("yes", 2), ("{name}", 0)])
def test_on_a_terminal_the_name_is_typed(
    placeops: Run, place: Place, name: str, answer: str, code: int
) -> None:
    assert placeops("backup", "create").code == 0
    engine.dispose()
    seen = on_terminal(["backup", "restore"], place.environment, typed=f"{answer.format(name=name)}\n")
    assert seen.code == code, seen.screen
    assert f"Everything in {name} since" in seen.screen
    assert ("DROP DATABASE" in seen.screen) == (code == 0)


def test_another_process_that_writes_is_told_apart(placeops: Run, name: str) -> None:
    with files.sole():
        assert placeops("backup", "create").code == 75
