"""Owners and servers that are killed: nothing stays behind, nothing is lost, nothing innocent is stopped."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import psycopg

from tasks.embedded import Servers, find, prepare, running, start_postgres, start_valkey
from tests.embedded.conftest import OWN, StartOwner, alive, copied, eventually, words

OWN_IN_A_PASSING_THREAD = f"""
import threading
body = {OWN!r}
thread = threading.Thread(target=exec, args=(body, globals()))
thread.start()
thread.join()
"""


def both_dead(servers: Servers) -> bool:
    return not alive(servers.postgres_pid) and not alive(servers.valkey_pid)


def test_a_killed_owner_takes_its_servers_along(data_dir: Path, start_owner: StartOwner) -> None:
    owner = start_owner(data_dir)
    found = find(data_dir)
    assert found is not None
    with psycopg.connect(found.database_url) as connection:
        connection.execute("INSERT INTO kept VALUES ('zebra')")
    owner.kill()
    assert eventually(lambda: both_dead(found))
    assert find(data_dir) is None
    with running(data_dir) as servers:
        assert words(servers.database_url) == ["zebra", "ünïcode"]


def test_a_restart_right_after_the_kill_works(data_dir: Path, start_owner: StartOwner) -> None:
    owner = start_owner(data_dir)
    owner.kill()
    owner.wait()
    with running(data_dir) as servers:
        assert words(servers.database_url) == ["ünïcode"]


def test_the_next_owner_stops_what_the_kernel_did_not(data_dir: Path, start_owner: StartOwner) -> None:
    owner = start_owner(data_dir, OWN_IN_A_PASSING_THREAD)
    left_over = find(data_dir)
    assert left_over is not None
    owner.kill()
    owner.wait()
    assert alive(left_over.postgres_pid)
    assert alive(left_over.valkey_pid)
    with running(data_dir) as servers:
        assert both_dead(left_over)
        assert words(servers.database_url) == ["ünïcode"]


def test_a_crashed_postgres_recovers_although_its_number_belongs_to_another_program(data_dir: Path) -> None:
    folders = prepare(data_dir)
    server = start_postgres(folders)
    server.kill()
    account = folders.account
    other = subprocess.Popen(
        ["sleep", "60"],
        cwd="/",
        user=account.uid if account else None,
        group=account.gid if account else None,
    )
    try:
        for lock in (folders.postgres / "postmaster.pid", folders.sockets / ".s.PGSQL.5432.lock"):
            lock.write_text(lock.read_text().replace(str(server.pid), str(other.pid), 1))
        with running(data_dir) as servers:
            assert words(servers.database_url) == ["ünïcode"]
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
    assert "automatic recovery in progress" in folders.postgres_log.read_text()


def test_swapped_numbers_of_two_folders_confuse_nobody(data_dir: Path, place: Path) -> None:
    other_dir = copied(data_dir, place / "other")
    with running(other_dir) as others:
        folders = prepare(data_dir)
        start_postgres(folders).kill()
        pid_file = folders.postgres / "postmaster.pid"
        pid_file.write_text(f"{others.postgres_pid}\n" + pid_file.read_text().split("\n", 1)[1])
        folders.valkey_pid.write_text(f"{others.valkey_pid}\n")
        with running(data_dir):
            pass
        assert alive(others.postgres_pid)
        assert alive(others.valkey_pid)


def test_a_stale_note_is_not_believed(data_dir: Path) -> None:
    note = data_dir / "run" / "servers.json"
    with running(data_dir) as servers:
        text = note.read_text()
    for pid in (servers.postgres_pid, os.getpid()):
        note.write_text(text.replace(str(servers.postgres_pid), str(pid)))
        assert find(data_dir) is None
    note.write_text("half a n")
    assert find(data_dir) is None


def test_an_initdb_killed_half_way_does_not_poison_the_folder(place: Path, start_owner: StartOwner) -> None:
    def unfinished() -> list[Path]:
        return list(place.glob("data/postgres.unfinished-*/base"))

    owner = start_owner(place / "data", wait_for="")
    assert eventually(lambda: bool(unfinished()))
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    assert not (place / "data" / "postgres").exists()
    with running(place / "data") as servers:
        assert not unfinished()
        with psycopg.connect(servers.database_url) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_both_servers_answer_again_after_a_crash_of_all(data_dir: Path) -> None:
    folders = prepare(data_dir)
    servers = [start_postgres(folders), start_valkey(folders)]
    for server in servers:
        server.kill()
    with running(data_dir) as again:
        assert words(again.database_url) == ["ünïcode"]
