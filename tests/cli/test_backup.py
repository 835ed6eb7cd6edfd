"""`placeops backup` on the line: who is asked what, exit codes, names that scripts go on with."""

from __future__ import annotations

from collections.abc import Iterator

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
    with transaction() as tx:
        tx.execute(text("DELETE FROM students"))
    for _ in range(2):
        placeops("backup", "create")
    refused = placeops("backup", "prune", "--keep", "1")
    found = placeops("backup", "list", "-q").lines
    assert len(found) == 1 or (refused.code == 2 and "--yes" in refused.err)


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
