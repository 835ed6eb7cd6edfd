"""Views as people read them: their figures against an independent count, their age, their errors."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, RowMapping, Table, TextClause, func, insert, select, text, update

from sql.engine import transaction
from sql.queries import query
from sql.tables import (
    attendance,
    colleges,
    drive_coordinator_selections,
    drive_eligibility,
    drive_registrations,
    drive_rounds,
    offers,
    placement_drives,
    students,
    view_refreshes,
)
from tasks.actor import SYSTEM, Actor, Role, Scope
from tasks.errors import PlaceopsError
from tasks.jobs import refresh_views as refresh_job
from tasks.jobs.refresh_views import VIEWS
from tasks.jobs.registry import ActiveJob
from tasks.rules import names_of
from tasks.services.views import IN_SCOPE, ViewData, list_views, refresh_views, show_view
from tests import factories
from tests.conftest import Place


def refresh_all() -> None:
    for job in refresh_views(SYSTEM):
        with transaction() as tx:
            refresh_job.apply(tx, ActiveJob(job.id, job.type, 1, job.payload, None, "tests", None, 60), None)


UGLY: dict[str, list[Any]] = {
    "batch_year": [2026, 2027, 1987, None],
    "branch": ["CSE", "ECE", None],
    "programme": ["B.E.", None],
    "gender": ["F", None],
    "cgpa": ["8.50", "0.00", "10.00", None],
    "tenth_pct": [92, "29.99", 30, None],
    "twelfth_pct": [88, 9, None],
    "diploma_pct": [70, "29.99", None],
    "active_backlogs": [0, 2, 9, None],
    "total_backlogs": [0, 2, None],
    "email": ["a@b.in", "@b.in", "nobody", "செல்வி@x", None],
    "phone": ["+91 98765 43210", "98765", "1234567890123456", "12345678", "none at all", None],
}
DRIVES: list[dict[str, Any]] = [
    {"company": "Acme", "drive_date": date(2026, 6, 30)},
    {"company": " ACME  Labs", "drive_date": date(2026, 7, 1), "status": "cancelled", "cancelled_reason": "x"},
    {"company": "Acme Labs", "drive_date": date(2027, 6, 30)},
    {"company": "acme labs", "drive_date": None, "reg_opens_at": datetime(2026, 6, 1, tzinfo=UTC),
     "reg_closes_at": datetime(2026, 6, 30, 23, 59, tzinfo=UTC)},
    {"company": "Acme", "is_test": True},
    {"company": "Draft & Sons", "drive_date": date(2026, 9, 9), "status": "draft"},
]  # fmt: skip


def season(tx: Connection) -> None:
    """Two colleges and a test college, six drives of which one is a test, at random but always the same."""
    pick = random.Random(7)
    places = [
        factories.college(tx, "A"),
        factories.college(tx, "B", time_zone="America/New_York"),
        factories.college(tx, "T", is_test=True),
    ]
    everybody = [
        factories.student(
            tx, college, f"R{number}", placed=pick.random() < 0.1,
            **{name: pick.choice(values) for name, values in UGLY.items()},
        )
        for college in places
        for number in range(40)
    ]  # fmt: skip
    for number, values in enumerate(DRIVES):
        row = {"status": "in_progress", "published_at": func.now()} | values
        drive = factories.drive(tx, f"D{number}", criteria_version=number % 2, **row)
        tx.execute(
            text("INSERT INTO drive_criteria (drive_id, version, created_by) VALUES (:d, 0, 'tests')"),
            {"d": drive},
        )
        played = [one for one in everybody if number and pick.random() < 0.7]
        play(tx, pick, drive, played)


def play(tx: Connection, pick: random.Random, drive: int, played: list[int]) -> None:
    at = func.now()
    rounds = [
        tx.execute(
            insert(drive_rounds)
            .values(drive_id=drive, seq=seq, kind="test", name="x")
            .returning(drive_rounds.c.id)
        ).scalar_one()
        for seq in (1, 2)
    ]
    for one in played:
        mine = {"drive_id": drive, "student_id": one}
        for version in (0, 1):
            verdict = pick.choice(["eligible", "not", "review"])
            tx.execute(
                insert(drive_eligibility).values(
                    mine
                    | {
                        "criteria_version": version,
                        "verdict": verdict,
                        "unknown_rules": 0 if verdict == "eligible" else pick.choice([1, 4, 1 | 2048, 32]),
                    }
                )
            )
        if pick.random() < 0.5:
            tx.execute(
                insert(drive_coordinator_selections).values(mine | {"source": "AUTO", "selected_by": "x"})
            )
        if pick.random() < 0.5:
            when = datetime(2026, 8, 1, tzinfo=UTC) + timedelta(hours=pick.randrange(96))
            withdrawn = (
                {"status": "withdrawn", "withdrawn_at": when + timedelta(hours=5)}
                if pick.random() < 0.3
                else {}
            )
            tx.execute(
                insert(drive_registrations).values(
                    mine
                    | {"channel": "SELF", "criteria_version": 1, "registered_by": "x", "registered_at": when}
                    | withdrawn
                )
            )
        for held in rounds:
            status = pick.choice(["PENDING", "PRESENT", "LATE", "ABSENT", "EXCUSED", None])
            if status:
                marked = None if status == "PENDING" else at
                tx.execute(
                    insert(attendance).values(round_id=held, student_id=one, status=status, marked_at=marked)
                )
        if pick.random() < 0.2:
            status = pick.choice(["OFFERED", "ACCEPTED", "DECLINED", "REVOKED"])
            ctc = pick.choice([None, 0, 450_001, 600_000, 1_250_003, 4_000_000])
            tx.execute(insert(offers).values(mine | {"company": "Other", "status": status, "ctc_total": ctc}))
    for one in played[:8]:
        ppo = {"student_id": one, "kind": "PPO", "company": pick.choice(["x", "acme"]), "status": "ACCEPTED"}
        more = {"offered_on": pick.choice([None, date(2026, 6, 30), date(2026, 7, 1)]), "ctc_total": 700_000}
        tx.execute(insert(offers).values(ppo | more))


def everything(tx: Connection, table: Table) -> list[RowMapping]:
    return list(tx.execute(select(table)).mappings())


def funnel(tx: Connection) -> set[tuple[Any, ...]]:
    """The funnel, counted in Python, row by row."""
    counts: dict[int, Counter[str]] = defaultdict(Counter)
    drives = {row["id"]: row for row in everything(tx, placement_drives)}
    for row in everything(tx, drive_eligibility):
        if row["criteria_version"] == drives[row["drive_id"]]["criteria_version"]:
            counts[row["drive_id"]][row["verdict"]] += 1
    for row in everything(tx, drive_coordinator_selections):
        counts[row["drive_id"]]["selected"] += 1
    for row in everything(tx, drive_registrations):
        counts[row["drive_id"]][row["status"]] += 1
    drive_of = {row["id"]: row["drive_id"] for row in everything(tx, drive_rounds)}
    marks = defaultdict(set)
    for row in everything(tx, attendance):
        marks[drive_of[row["round_id"]], row["student_id"]].add(row["status"])
    for (drive, _), seen in marks.items():
        if seen & {"PRESENT", "LATE"}:
            counts[drive]["attended"] += 1
        elif "ABSENT" in seen:
            counts[drive]["no_show"] += 1
    for row in everything(tx, offers):
        if row["drive_id"]:
            counts[row["drive_id"]]["offered"] += row["status"] != "REVOKED"
            counts[row["drive_id"]]["accepted"] += row["status"] == "ACCEPTED"
    steps = (
        "eligible",
        "review",
        "selected",
        "registered",
        "withdrawn",
        "attended",
        "no_show",
        "offered",
        "accepted",
    )
    return {
        (
            drive["id"],
            drive["code"],
            drive["company"],
            drive["title"],
            drive["status"],
            *(counts[drive["id"]][step] for step in steps),
        )
        for drive in drives.values()
        if not drive["is_test"]
    }


def real(tx: Connection) -> dict[int, tuple[RowMapping, RowMapping]]:
    """Students by id with their colleges, those of test colleges left out."""
    college = {row["id"]: row for row in everything(tx, colleges)}
    return {
        row["id"]: (row, college[row["college_id"]])
        for row in everything(tx, students)
        if not college[row["college_id"]]["is_test"]
    }


def accepted(tx: Connection) -> dict[int, list[int | None]]:
    """The CTC of every accepted offer, by student."""
    found: dict[int, list[int | None]] = defaultdict(list)
    for row in everything(tx, offers):
        if row["status"] == "ACCEPTED":
            found[row["student_id"]].append(row["ctc_total"])
    return found


def branches(tx: Connection) -> set[tuple[Any, ...]]:
    """Placement by branch, counted in Python, student by student."""
    version = {row["id"]: row["criteria_version"] for row in everything(tx, placement_drives)}
    registered = {
        row["student_id"] for row in everything(tx, drive_registrations) if row["status"] == "registered"
    }
    came = {row["student_id"] for row in everything(tx, attendance) if row["status"] in ("PRESENT", "LATE")}
    eligible = {
        row["student_id"]
        for row in everything(tx, drive_eligibility)
        if row["verdict"] == "eligible" and row["criteria_version"] == version[row["drive_id"]]
    }
    offered = accepted(tx)
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * 8)
    for one, (row, own) in real(tx).items():
        placed = row["placed"] or one in offered
        parts = [1, one in eligible, one in registered, one in came, placed, not placed]
        parts += [placed and one in registered, placed and one in came]
        group = groups[own["id"], own["code"], row["programme"], row["branch"], row["batch_year"]]
        group[:] = [had + part for had, part in zip(group, parts, strict=True)]
    return {(*key, *parts) for key, parts in groups.items()}


def rounded(value: Fraction) -> int:
    """To whole rupees, halves up."""
    return floor(value + Fraction(1, 2))


def figures(known: list[int]) -> tuple[int | None, ...]:
    """Least, quartiles (between two values in proportion, as spreadsheets do), greatest, mean."""
    if not known:
        return (None,) * 6
    ranked = sorted(known)

    def at(quarter: int) -> int:
        place = Fraction(quarter * (len(ranked) - 1), 4)
        low = ranked[floor(place)]
        high = ranked[ceil(place)]
        return rounded(low + (place - floor(place)) * (high - low))

    mean = rounded(Fraction(sum(ranked), len(ranked)))
    return ranked[0], at(1), at(2), at(3), ranked[-1], mean


def salaries(tx: Connection) -> set[tuple[Any, ...]]:
    """CTC statistics, each student's best, in Python: by batch, by college, by branch."""
    groups: dict[tuple[Any, ...], list[int | None]] = defaultdict(list)
    offered = accepted(tx)
    for one, (row, own) in real(tx).items():
        if row["placed"] or one in offered:
            best = max((ctc for ctc in offered[one] if ctc is not None), default=None)
            year, college = row["batch_year"], (own["id"], own["code"])
            groups["batch", None, None, None, None, year].append(best)
            groups["college", *college, None, None, year].append(best)
            groups["branch", *college, row["programme"], row["branch"], year].append(best)
    result = set()
    for key, bests in groups.items():
        known = [ctc for ctc in bests if ctc is not None]
        result.add((*key, len(bests), len(known), *figures(known)))
    return result


def companies(tx: Connection) -> set[tuple[Any, ...]]:
    """Companies by season, in Python, drive by drive and offer by offer."""
    drives = {row["id"]: row for row in everything(tx, placement_drives)}
    names: dict[tuple[str, str], list[str]] = defaultdict(list)
    counts: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    known: dict[tuple[str, str], list[int]] = defaultdict(list)

    def key(company: str, day: date) -> tuple[str, str]:
        start = day.year - (day.month < 7)
        found = " ".join(company.lower().split()), f"{start}-{(start + 1) % 100:02}"
        names[found].append(company)
        return found

    def of_drive(drive: RowMapping) -> tuple[str, str]:
        return key(drive["company"], drive["drive_date"] or drive["reg_closes_at"].date())

    registered = Counter(
        row["drive_id"] for row in everything(tx, drive_registrations) if row["status"] == "registered"
    )
    for drive in drives.values():
        if drive["status"] != "draft" and not drive["is_test"]:
            parts = {
                "drives": 1,
                "cancelled": drive["status"] == "cancelled",
                "registered": registered[drive["id"]],
            }
            counts[of_drive(drive)].update(parts)
    inside = real(tx)
    for row in everything(tx, offers):
        own = drives.get(row["drive_id"])
        if row["student_id"] in inside and not (own and own["is_test"]):
            mine = (
                of_drive(own) if own else key(row["company"], row["offered_on"] or row["created_at"].date())
            )
            taken = row["status"] == "ACCEPTED"
            counts[mine].update({"offered": row["status"] != "REVOKED", "accepted": taken})
            if taken and row["ctc_total"] is not None:
                known[mine].append(row["ctc_total"])
    steps = ("drives", "cancelled", "registered", "offered", "accepted")
    return {
        (
            max(sorted(set(names[mine])), key=names[mine].count),
            mine[1],
            *(counts[mine][step] for step in steps),
            len(known[mine]),
            *(figures(known[mine])[place] for place in (0, 4, 5)),
        )
        for mine in names
    }


def days(tx: Connection) -> set[tuple[Any, ...]]:
    """Registrations and withdrawals by day of the student's college, in Python."""
    drives = {row["id"]: row for row in everything(tx, placement_drives) if not row["is_test"]}
    zones = {row["id"]: ZoneInfo(row["time_zone"]) for row in everything(tx, colleges)}
    zone = {row["id"]: zones[row["college_id"]] for row in everything(tx, students)}
    counts: dict[tuple[int, date], list[int]] = defaultdict(lambda: [0, 0])
    for row in everything(tx, drive_registrations):
        for place, column in enumerate(("registered_at", "withdrawn_at")):
            if row["drive_id"] in drives and row[column]:
                counts[row["drive_id"], row[column].astimezone(zone[row["student_id"]]).date()][place] += 1
    return {
        (drive, drives[drive]["code"], drives[drive]["company"], day, *moves)
        for (drive, day), moves in counts.items()
    }


def below(mark: Decimal | None) -> bool:
    return mark is not None and mark < 30


ODD: dict[str, Callable[[RowMapping], bool]] = {
    "cgpa": lambda s: s["cgpa"] == 0,
    "tenth_pct": lambda s: below(s["tenth_pct"]),
    "twelfth_or_diploma_pct": lambda s: below(s["twelfth_pct"]) or below(s["diploma_pct"]),
    "active_backlogs": lambda s: (
        None not in (s["active_backlogs"], s["total_backlogs"]) and s["active_backlogs"] > s["total_backlogs"]
    ),
    "batch_year": lambda s: s["batch_year"] == 1987,
    "email": lambda s: s["email"] in ("@b.in", "nobody"),
    "phone": lambda s: s["phone"] in ("98765", "1234567890123456", "none at all"),
}
RULE_OF = {"cgpa": "cgpa_min", "tenth_pct": "tenth_min", "twelfth_or_diploma_pct": "twelfth_or_diploma_min",
           "active_backlogs": "active_backlogs_max", "total_backlogs": "total_backlogs_max", "branch": "branch_in",
           "programme": "programme_in", "batch_year": "batch_year_in", "gender": "gender_in",
           "accepted_ctc": "not_placed", "email": None, "phone": None}  # fmt: skip


def qualities(tx: Connection) -> set[tuple[Any, ...]]:
    """What is missing, odd, or keeps somebody out, in Python: student by student, field by field."""
    drives = {row["id"]: row for row in everything(tx, placement_drives)}
    kept_out: dict[int, set[str]] = defaultdict(set)
    for row in everything(tx, drive_eligibility):
        drive = drives[row["drive_id"]]
        if (row["verdict"], row["criteria_version"]) == ("not", drive["criteria_version"]) and not drive[
            "is_test"
        ]:
            kept_out[row["student_id"]] |= set(names_of(row["unknown_rules"]))
    offered = accepted(tx)
    groups: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for one, (row, own) in real(tx).items():
        for field, rule in RULE_OF.items():
            if field == "twelfth_or_diploma_pct":
                missing = row["twelfth_pct"] is None and row["diploma_pct"] is None
            elif field == "accepted_ctc":
                missing = None in offered[one] if offered.get(one) else row["placed"]
            else:
                missing = row[field] is None
            parts = [1, missing, field in ODD and ODD[field](row), rule in kept_out[one]]
            group = groups[own["id"], own["code"], row["branch"], row["batch_year"], field]
            group[:] = [had + part for had, part in zip(group, parts, strict=True)]
    return {(*key, *parts) for key, parts in groups.items() if any(parts[1:])}


@pytest.fixture
def played(place: Place) -> Place:
    with transaction() as tx:
        season(tx)
    refresh_all()
    return place


def test_funnel_counts_what_an_independent_count_gives(played: Place) -> None:
    with transaction() as tx:
        expected = funnel(tx)
    shown = show_view(SYSTEM, "drive_funnel")
    assert set(shown.rows) == expected
    assert len(shown.rows) == len(expected) == 5
    assert shown.columns[:2] == ["drive_id", "code"]


def test_branch_placement_counts_what_an_independent_count_gives(played: Place) -> None:
    with transaction() as tx:
        expected = branches(tx)
    shown = show_view(SYSTEM, "branch_placement")
    assert set(shown.rows) == expected
    assert sum(row[shown.columns.index("strength")] for row in shown.rows) == 80


@pytest.mark.parametrize(
    ("view", "oracle"),
    [
        ("ctc_statistics", salaries),
        ("company_season", companies),
        ("daily_registrations", days),
        ("data_quality", qualities),
    ],
)
def test_figures_are_those_of_an_independent_count(
    played: Place, view: str, oracle: Callable[[Connection], set[tuple[Any, ...]]]
) -> None:
    with transaction() as tx:
        expected = oracle(tx)
    shown = show_view(SYSTEM, view, limit=10_000)
    assert set(shown.rows) == expected
    assert len(shown.rows) == len(expected) > 3


def test_one_year_has_several_rates_and_the_parts_give_each(place: Place) -> None:
    """61 of 100 registered are placed, and 60 of the 80 who came."""
    with transaction() as tx:
        everybody = factories.crowd(tx, factories.college(tx), 120)
        tx.execute(update(students).values(branch="CSE"))
        drive = factories.drive(tx)
        round_ = tx.execute(
            insert(drive_rounds)
            .values(drive_id=drive, seq=1, kind="test", name="x")
            .returning(drive_rounds.c.id)
        ).scalar_one()
        for number, one in enumerate(everybody[:100]):
            row = {
                "drive_id": drive,
                "student_id": one,
                "channel": "SELF",
                "criteria_version": 1,
                "registered_by": "x",
            }
            tx.execute(insert(drive_registrations).values(row))
            status = "PRESENT" if number < 80 else "ABSENT"
            tx.execute(
                insert(attendance).values(
                    round_id=round_, student_id=one, status=status, marked_at=func.now()
                )
            )
        tx.execute(update(students).where(students.c.id.in_([*everybody[:60], everybody[99], everybody[119]])).values(
            placed=True))  # fmt: skip
    refresh_all()
    shown = show_view(SYSTEM, "branch_placement")
    parts: dict[str, Any] = dict(zip(shown.columns, shown.rows[0], strict=True))
    assert 100 * parts["placed_of_registered"] // parts["registered"] == 61
    assert 100 * parts["placed_of_participated"] // parts["participated"] == 75
    assert 100 * parts["placed"] // parts["strength"] == 51
    assert parts["placed"] + parts["not_placed"] == parts["strength"]


def coordinator(**scope: tuple[Any, ...]) -> Actor:
    return Actor("meena", role=Role.COORDINATOR, scope=Scope(**scope))


def column(actor: Actor, view: str, name: str) -> set[Any]:
    shown = show_view(actor, view, limit=10_000)
    return {row[shown.columns.index(name)] for row in shown.rows}


def test_coordinator_sees_the_rows_of_the_scope(played: Place) -> None:
    of_branch, of_college = coordinator(branches=("CSE",)), coordinator(colleges=("A",))
    for view in ("branch_placement", "data_quality", "ctc_statistics"):
        assert column(of_branch, view, "branch") == {"CSE"}
        assert column(of_branch, view, "college") == {"A", "B"}
        assert column(of_college, view, "college") == {"A"}
        assert show_view(coordinator(colleges=("A",), branches=("ECE",)), view).rows
        assert show_view(coordinator(drives=(1, 2)), view).rows == []
    assert column(of_college, "ctc_statistics", "level") == {"college", "branch"}
    assert column(of_branch, "ctc_statistics", "level") == {"branch"}


def test_coordinator_sees_the_drives_in_sight(played: Place) -> None:
    with transaction() as tx:
        first, second = tx.scalars(select(placement_drives.c.id).order_by(placement_drives.c.id).limit(2))
    listed = coordinator(drives=(second,))
    for view in ("drive_funnel", "daily_registrations"):
        assert column(SYSTEM, view, "drive_id") >= {second}
        assert column(listed, view, "drive_id") == {second}
        assert show_view(coordinator(), view).rows == []
    with transaction() as tx:
        tx.execute(text("ALTER TABLE drive_criteria DISABLE TRIGGER drive_criteria_append_only"))
        tx.execute(text("UPDATE drive_criteria SET branch_in = '{ECE}' WHERE drive_id = :d"), {"d": first})
    assert first not in column(coordinator(branches=("CSE",)), "drive_funnel", "drive_id")


def test_view_beyond_any_scope_is_kept_from_coordinators(played: Place) -> None:
    with pytest.raises(PlaceopsError) as refused:
        show_view(coordinator(colleges=("A",)), "company_season")
    assert refused.value.code == "forbidden"
    assert [view.name for view in list_views(coordinator(colleges=("A",)))] == [
        name for name in VIEWS if name != "company_season"
    ]
    for act in (lambda actor: show_view(actor, "drive_funnel"), list_views, refresh_views):
        for actor in (Actor("s", role=Role.STUDENT, student_id=1), Actor("nobody")):
            with pytest.raises(PlaceopsError, match="may not"):
                act(actor)
    assert show_view(Actor("s", role=Role.STAFF), "company_season").rows


def test_every_view_says_what_a_scope_leaves_of_it() -> None:
    assert set(IN_SCOPE) == set(VIEWS)


def test_list_says_when_and_whether_something_changed_since(played: Place) -> None:
    listed = {view.name: view for view in list_views(SYSTEM)}
    assert list(listed) == list(VIEWS)
    assert {view.stale for view in listed.values()} == {False}
    with transaction() as tx:
        tx.execute(update(view_refreshes).values(as_of=func.now() - timedelta(hours=2)))
        tx.execute(update(students).values(debarred=True))
    funnel_view, branch_view, *_ = list_views(SYSTEM)
    assert funnel_view.age_seconds == 7200
    assert (funnel_view.stale, branch_view.stale) == (False, True)


def test_never_refreshed_has_no_age(place: Place) -> None:
    assert {(view.as_of, view.age_seconds, view.stale) for view in list_views(SYSTEM)} == {(None, None, True)}
    assert show_view(SYSTEM, "drive_funnel").as_of is None


def test_rows_and_their_time_belong_together(played: Place) -> None:
    before = show_view(SYSTEM, "drive_funnel")
    with transaction() as tx:
        tx.execute(update(placement_drives).values(title="changed"))
    stale = show_view(SYSTEM, "drive_funnel")
    assert (stale.stale, stale.as_of, stale.rows) == (True, before.as_of, before.rows)
    refresh_all()
    fresh = show_view(SYSTEM, "drive_funnel")
    assert before.as_of is not None
    assert fresh.as_of is not None
    assert fresh.as_of > before.as_of
    assert {row[3] for row in fresh.rows} == {"changed"}


def test_refresh_that_commits_while_rows_are_read_does_not_part_them_from_their_time(
    played: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = show_view(SYSTEM, "drive_funnel")
    with transaction() as tx:
        tx.execute(update(placement_drives).values(title="changed"))

    def refresh_first(module: str, name: str) -> TextClause:
        if name == "rows_of_drive_funnel":
            refresh_all()
        return query(module, name)

    monkeypatch.setattr("tasks.services.views.query", refresh_first)
    during = show_view(SYSTEM, "drive_funnel")
    assert (during.as_of, during.rows) == (before.as_of, before.rows)


def test_limit_cuts_and_says_so(played: Place) -> None:
    def shown(limit: int) -> ViewData:
        return show_view(SYSTEM, "drive_funnel", limit=limit)

    assert (len(shown(3).rows), shown(3).more) == (3, True)
    assert (len(shown(5).rows), shown(5).more) == (5, False)
    assert shown(5).rows[:3] == shown(3).rows
    for limit in (0, 10_001):
        with pytest.raises(PlaceopsError) as refused:
            shown(limit)
        assert (refused.value.code, refused.value.field) == ("invalid-input", "/limit")


@pytest.mark.parametrize("name", ["nothing", "students", "", "DRIVE_FUNNEL"])
def test_unknown_view_is_not_found_and_nothing_is_enqueued(place: Place, name: str) -> None:
    for ask in (lambda: refresh_views(SYSTEM, ["drive_funnel", name]), lambda: show_view(SYSTEM, name)):
        with pytest.raises(PlaceopsError) as refused:
            ask()
        assert refused.value.code == "not-found"
        assert refused.value.fix == f"one of {', '.join(VIEWS)}"
    with transaction() as tx:
        assert tx.scalar(text("SELECT count(*) FROM jobs")) == 0


def test_refresh_enqueues_one_job_a_view(place: Place) -> None:
    everything_asked = refresh_views(SYSTEM)
    assert [job.payload["view"] for job in everything_asked] == list(VIEWS)
    again = refresh_views(SYSTEM, ["branch_placement", "branch_placement"])
    assert [job.id for job in again] == [everything_asked[1].id], "a waiting refresh answers for the next"
