"""`job show` tells what happened to a job in words, with how long each part took."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from placeops_cli.story import told
from tasks.services.jobs import Job, JobEvent, JobStory

BEGIN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def job(state: str, **more: object) -> Job:
    fields: dict[str, object] = dict.fromkeys(Job.__dataclass_fields__)
    return Job(**fields | {"id": 1, "state": state} | more)  # type: ignore[arg-type]


def event(
    second: float, before: str | None, after: str, attempt: int = 0, worker: int | None = None, why: str = ""
) -> JobEvent:
    host, pid = ("ws1", 4711) if worker == 7 else (None, None)
    return JobEvent(
        1, BEGIN + timedelta(seconds=second), before, after, attempt, worker, host, pid, why or None
    )


def test_a_story_tells_waits_attempts_workers_and_causes() -> None:
    events = [
        event(0, None, "waiting", why="asked for by asha"),
        event(8, "waiting", "active", 1, 7),
        event(11, "active", "waiting", 1, 7, "its worker died (while publishing)"),
        event(11.5, "waiting", "active", 2, 9),
        event(14, "active", "delayed", 2, 9, "ValueError: no room"),
        event(18, "delayed", "waiting", 2, why="its time has come"),
        event(18, "waiting", "active", 3, 7),
        event(20, "active", "active", 3, why="cancel requested by ravi"),
        event(21, "active", "cancelled", 3, 7, "cancelled, nothing applied"),
        event(90_000, "cancelled", "waiting", 3, why="retried by ravi"),
        event(90_001, "waiting", "active", 4, 7),
        event(90_003, "active", "completed", 4, 7),
    ]
    assert told(JobStory(job("completed"), events), UTC) == [
        ("2026-11-23 08:00:00", "asked for by asha"),
        ("08:00:08", "attempt 1 began on worker 7 (ws1, pid 4711), after 8 s of waiting"),
        ("08:00:11", "attempt 1 ended after 3 s, back in the queue: its worker died (while publishing)"),
        ("08:00:11", "attempt 2 began on worker 9, after 500 ms of waiting"),
        ("08:00:14", "attempt 2 ended after 2 s, to be tried again later: ValueError: no room"),
        ("08:00:18", "its time has come, after 4 s of delay"),
        ("08:00:18", "attempt 3 began on worker 7 (ws1, pid 4711), after 0 ms of waiting"),
        ("08:00:20", "cancel requested by ravi, while attempt 3 ran"),
        ("08:00:21", "cancelled in attempt 3 after 3 s: cancelled, nothing applied"),
        ("2026-11-24 09:00:00", "retried by ravi"),
        ("09:00:01", "attempt 4 began on worker 7 (ws1, pid 4711), after 1 s of waiting"),
        ("09:00:03", "completed by attempt 4 after 2 s"),
    ]  # fmt: skip


def test_a_story_ends_with_where_the_job_is_now() -> None:
    events = [event(0, None, "waiting", why="asked for by asha")]
    assert told(JobStory(job("waiting"), events), UTC)[-1][0] == "now"
    events.append(event(1, "waiting", "active", 1, 9))
    running = job("active", progress={"phase": "sorting"}, cancel_requested_at=BEGIN)
    assert told(JobStory(running, events), UTC)[-1][1].endswith(": sorting, and is asked to stop")
    events.append(event(2, "active", "delayed", 1, 9, "no"))
    later = job("delayed", run_at=BEGIN)
    assert told(JobStory(later, events), UTC)[-1] == ("now", "delayed until 2026-11-23 08:00")


def test_names_from_people_stay_harmless() -> None:
    events = [event(0, None, "waiting", why="asked for by \x1b[2Jasha")]
    assert told(JobStory(job("completed"), events), UTC)[0][1] == "asked for by \\x1b[2Jasha"
