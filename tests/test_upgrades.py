"""From the first release's database, with data in it, through every migration to the newest; and who refuses what."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from placeops_api.app import create_app
from placeops_cli.main import main
from sql import databases, engine, schema
from sql.engine import transaction
from tasks.actor import SYSTEM
from tasks.errors import PlaceopsError
from tasks.services import database, drives
from tests.conftest import Place
from tests.test_schema import described

HERE = Path(__file__).parent
FIRST = HERE / "upgrades" / "0001_first_release.sql"
NEXT = """
from alembic import op
revision = "9001_mottos"
down_revision = "{before}"
def upgrade():
    op.execute("ALTER TABLE colleges ADD COLUMN motto text NOT NULL DEFAULT ''")
    op.execute("UPDATE colleges SET motto = 'We are ' || name")
"""


class Migrations:
    """The migrations that the program believes to have."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "migrations"
        self._all = Path(str(files("sql.migrations")))
        (self.folder / "versions").mkdir(parents=True)
        shutil.copy(self._all / "env.py", self.folder)

    def release(self, revision: str) -> None:
        """One more revision, one of the program's own."""
        for file in (self._all / "versions").glob(f"{revision}.*"):
            shutil.copy(file, self.folder / "versions")
        schema.revisions.cache_clear()

    def invent(self, name: str, source: str) -> None:
        """One more that no release has."""
        (self.folder / "versions" / f"{name}.py").write_text(source)
        schema.revisions.cache_clear()


@pytest.fixture
def migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Migrations]:
    found = Migrations(tmp_path)
    monkeypatch.setattr(schema, "files", lambda package: found.folder)
    yield found
    schema.revisions.cache_clear()


@pytest.fixture
def newest(place: Place) -> dict[str, dict[str, str]]:
    """What the catalogs say where all migrations ran on an empty database."""
    return described(place.database_url)


@pytest.fixture
def office(place: Place, newest: object, migrations: Migrations) -> dict[str, int]:
    """The first release's database with its data; the rows of each table."""
    with psycopg.connect(place.database_url, autocommit=True) as conn:
        conn.execute("DROP SCHEMA public CASCADE")
        conn.execute("CREATE SCHEMA public")
        migrations.release("0001_first_release")
        database.migrate(SYSTEM)
        conn.execute(FIRST.read_bytes())
    return rows(place)


def rows(place: Place) -> dict[str, int]:
    with databases.content(place.database_url) as content:
        return {name: count for name, count in content.rows.items() if name != "data_changes"}


def every_revision() -> list[str]:
    names = sorted(path.name for path in (Path(str(files("sql.migrations"))) / "versions").glob("[0-9]*.py"))
    return [name.removesuffix(".py") for name in names]


def test_the_data_of_the_first_release_comes_through_every_migration(
    place: Place, newest: dict[str, dict[str, str]], office: dict[str, int], migrations: Migrations
) -> None:
    for revision in every_revision()[1:]:
        migrations.release(revision)
        assert not database.database_status(SYSTEM).ready
        assert database.migrate(SYSTEM).applied == [revision]
    assert database.database_status(SYSTEM).ready
    assert described(place.database_url) == newest
    after = rows(place)
    assert {name: after[name] for name in office} == office and min(office["students"], office["jobs"]) > 2
    assert [drive.code for drive in drives.list_drives(SYSTEM).items] == ["GLOBEX-1", "ACME-1"]


def test_a_migration_of_a_release_to_come(
    place: Place, office: dict[str, int], migrations: Migrations
) -> None:
    before = schema.revisions()[-1]
    migrations.invent("9001_mottos", NEXT.format(before=before))
    assert database.migrate(SYSTEM, dry_run=True).applied == ["9001_mottos"]
    assert rows(place) == office
    assert database.migrate(SYSTEM).applied == ["9001_mottos"]
    with transaction() as tx:
        assert tx.scalar(text("SELECT motto FROM colleges")) == "We are Engineering"
    assert rows(place) == office


def test_a_migration_that_fails_or_waits_too_long_leaves_the_database(
    place: Place, office: dict[str, int], migrations: Migrations, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, catalog = schema.revisions()[-1], described(place.database_url)
    migrations.invent("9001_mottos", NEXT.format(before=before))
    monkeypatch.setattr(schema, "LOCK_TIMEOUT", "200ms")
    with psycopg.connect(place.database_url) as other:
        other.execute("SELECT * FROM colleges")
        with pytest.raises(PlaceopsError) as caught:
            database.migrate(SYSTEM)
    assert caught.value.code == "locked" and "200ms" in caught.value.message
    migrations.invent("9001_mottos", NEXT.format(before=before).replace("UPDATE colleges", "UPDATE nothing"))
    with pytest.raises(Exception, match="nothing"):
        database.migrate(SYSTEM)
    assert database.database_status(SYSTEM).revision == before
    assert described(place.database_url) == catalog and rows(place) == office


@pytest.mark.parametrize(
    ("revision", "code", "remedy"),
    [
        ("0000_before_everything", "schema-too-new", "upgrade placeOps on this machine"),
        (None, "schema-outdated", "placeops db migrate"),
    ],
)
def test_nobody_works_on_a_schema_that_does_not_fit(
    place: Place, capsys: pytest.CaptureFixture[str], revision: str | None, code: str, remedy: str
) -> None:
    change = "UPDATE alembic_version SET version_num = :to" if revision else "DELETE FROM alembic_version"
    with transaction() as tx:
        tx.execute(text(change), {"to": revision})
    assert main(["drive", "list"]) == 3
    told = capsys.readouterr().err
    assert code in told and remedy in told
    for words in ("worker run", "scheduler run"):
        done = subprocess.run(
            [sys.executable, "-m", "placeops_cli", *words.split()],
            env=place.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 3 and code in done.stderr and remedy in done.stderr, (words, done.stderr)
    engine.dispose()
    client = TestClient(create_app(), base_url="http://localhost:5000", raise_server_exceptions=False)
    for path in ("/drives", "/readyz"):
        answer = client.get(path, headers={"Authorization": "Bearer x"})
        assert (answer.status_code, answer.json()["code"]) == (503, code)
