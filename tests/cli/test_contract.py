"""The output contract, command by command: every leaf of the tree in every form, and none is left out."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from placeops_api.app import create_app
from placeops_api.words import REQUESTS
from placeops_cli.main import main
from tests.cli.conftest import Ran, Run
from tests.cli.office import BEFORE, FAILS, NOT_RUN, STORY, furnish, newest_job
from tests.cli.terminal import Seen, in_this_process
from tests.cli.tree import LEAVES
from tests.conftest import Place

Act = Callable[[str, list[str]], str | None]

LOCAL = {
    "drive create --copy-from",
    "doctor",
    "version",
    "config show",
    "config check",
    "db check",
    "schedule check",
    "job prune",
    "backup create",
    "backup list",
    "backup verify",
    "backup prune",
    "deploy render",
    "db migrate",
    "db status",
    "integration-test",
    "api openapi",
}
"""What only the terminal can do: no request stands for it."""

ANSWERED_AS = {
    "drive eligible": "GET /drives/{}/eligibility",
    "job wait": "GET /jobs",
    "job watch": "POST /jobs/{}/retry",
}
"""With --wait a command shows what came of it, and `job wait` and `watch` the jobs alone, without their events."""

OF_A_FILE = {"export download", "student export"}
"""They tell of the file that they have written; the request sends the file itself."""

SPEAKS_OTHERWISE = {"version": "one word", "api openapi": "a document for programs, wherever it goes"}
NO_TABLE = SPEAKS_OTHERWISE | {
    "db migrate": "nothing is pending, and says so",
    "drive publish": "a sentence",
}

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d.*")
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
LATER = re.compile(r"now|in \d+ (s|min|h|days)|\d+ (s|min|h|days) ago")
DRAWN = re.compile("[\x1b\u2500-\u257f\u2026–]")
NAMES = re.compile(r"[a-z0-9_.]+")
ONE_WORD = re.compile(r"\S+")


@pytest.fixture
def story(place: Place, placeops: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[[Act], None]:
    """Run the story in a fresh office; an act does one command, and says what is wrong with it."""
    monkeypatch.chdir(place.folder)
    furnish(place.folder)

    def tell(act: Act) -> None:
        wrong = []
        for leaf, words in STORY.items():
            for line in BEFORE.get(leaf, ()):
                done = placeops(*shlex.split(line))
                assert done.code == 0, (line, done.err)
            told = act(leaf, [*leaf.split(), *shlex.split(words.format(job=newest_job()))])
            wrong += [f"{leaf}: {told}"] if told else []
        assert not wrong, "\n".join(wrong)

    return tell


def test_no_command_is_left_out() -> None:
    assert set(STORY) | set(NOT_RUN) == set(LEAVES), "add the new command to the story in tests/cli/office.py"
    assert not set(STORY) & set(NOT_RUN)
    assert set(STORY) <= set(REQUESTS) | LOCAL, (
        "name its request in placeops_api/words.py, or say that it has none"
    )


def unexpected(leaf: str, code: int, said: str) -> str | None:
    """What is wrong with how a command has ended."""
    return f"exit {code}: {said}" if code != FAILS.get(leaf, 0) else None


def test_json_is_one_document_and_the_model_of_the_api(story: Callable[[Act], None], placeops: Run) -> None:
    answers = Answers()

    def act(leaf: str, words: list[str]) -> str | None:
        ran = placeops(*words, "--json")
        if (wrong := unexpected(leaf, ran.code, ran.err)) or DRAWN.search(ran.out.replace("…", "")):
            return wrong or "something to obey in it"
        document = json.loads(ran.out)
        if leaf in LOCAL | OF_A_FILE:
            return None
        return next(answers.differences(leaf, document), None)

    story(act)


def test_a_pipe_gets_tsv_with_full_values(story: Callable[[Act], None], placeops: Run) -> None:
    def act(leaf: str, words: list[str]) -> str | None:
        ran = placeops(*words)
        return unexpected(leaf, ran.code, ran.err) or (
            None if leaf in SPEAKS_OTHERWISE else wrong_in_tsv(ran)
        )

    story(act)


def wrong_in_tsv(ran: Ran) -> str | None:
    """What a program that reads the rows would stumble over."""
    if not ran.lines:
        return "no header"
    heading, *rows = [line.split("\t") for line in ran.lines]
    if strange := [name for name in heading if not NAMES.fullmatch(name)]:
        return f"no names in the header: {strange}"
    for row in rows:
        if len(row) != len(heading):
            return f"{len(row)} cells for {len(heading)} columns: {row}"
        for name, cell in zip(heading, row, strict=True):
            if (name != "detail" and DRAWN.search(cell)) or LATER.fullmatch(cell):
                return f"{name} is made for people: {cell!r}"
            moments = [part for part in cell.split(",") if MOMENT.fullmatch(part)]
            if not all(map(RFC_3339.fullmatch, moments)):
                return f"{name} is no time of RFC 3339: {cell!r}"
    if "\x1b" in ran.err or "Next:" in ran.err:
        return f"talk for people on stderr: {ran.err!r}"
    return None


def test_quiet_prints_ids_only(story: Callable[[Act], None], placeops: Run) -> None:
    def act(leaf: str, words: list[str]) -> str | None:
        ran = placeops(*words, "-q")
        if wrong := unexpected(leaf, ran.code, ran.err):
            return wrong
        if leaf not in SPEAKS_OTHERWISE and not all(ONE_WORD.fullmatch(line) for line in ran.lines):
            return f"more than ids: {ran.out!r}"
        if leaf.endswith(" list") and len(ran.lines) != len(placeops(*words).lines) - 1:
            return f"not one line for each row: {ran.out!r}"
        return None

    story(act)


def test_a_terminal_gets_a_table(story: Callable[[Act], None], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"COLUMNS": "200", "LINES": "50", "TERM": "xterm-256color"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)

    def act(leaf: str, words: list[str]) -> str | None:
        seen = in_this_process(lambda: main(words))
        if wrong := unexpected(leaf, seen.code, seen.screen) or wrong_on_screen(leaf, seen):
            return wrong
        if REQUESTS.get(leaf, "").startswith("GET"):
            with monkeypatch.context() as plain:
                plain.setenv("NO_COLOR", "1")
                again = in_this_process(lambda: main(words))
            if "\x1b" in again.screen:
                return f"NO_COLOR is not obeyed: {again.screen!r}"
        return None

    story(act)


def wrong_on_screen(leaf: str, seen: Seen) -> str | None:
    """What a person would not want to read."""
    if not seen.screen.strip():
        return "nothing to see"
    if "\t" in seen.screen:
        return f"raw cells: {seen.screen!r}"
    if "\x1b[" not in seen.screen and leaf not in NO_TABLE:
        return f"no table: {seen.screen!r}"
    return None


class Answers:
    """What the API sends, by its own description."""

    def __init__(self) -> None:
        self.api = create_app().openapi()
        paths = self.api["paths"].items()
        self.operations = {re.sub(r"{[^}]*}", "{}", path): found for path, found in paths}

    def differences(self, leaf: str, document: Any) -> Iterator[str]:
        """Where a command's document is not what its request would be answered with."""
        method, path = ANSWERED_AS.get(leaf, REQUESTS[leaf]).split("?")[0].split()
        responses = self.operations[path][method.lower()]["responses"]
        schema = next(
            answer["content"]["application/json"]["schema"]
            for status, answer in responses.items()
            if status < "300"
        )
        schema = self.resolved(schema)
        # The command line takes several at once, and says so by a list of what the request answers for one.
        if "items" not in schema.get("properties", {}) and isinstance(document, dict) and "items" in document:
            document, schema = document["items"], {"type": "array", "items": schema}
        yield from self.compared("", document, schema)

    def resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """A schema itself, where a name stands for it."""
        while "$ref" in schema:
            schema = self.api["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return schema

    def compared(self, place: str, value: Any, schema: Mapping[str, Any]) -> Iterator[str]:
        """Where names and types of a value and a schema part."""
        schema = self.resolved(schema)
        if "anyOf" in schema:
            found = [list(self.compared(place, value, each)) for each in schema["anyOf"]]
            yield from min(found, key=len)
        elif schema.get("type") == "array" and isinstance(value, list):
            for at, item in enumerate(value):
                yield from self.compared(f"{place}/{at}", item, schema.get("items", {}))
        elif "properties" in schema and isinstance(value, dict):
            yield from (
                f"{place}/{name} is in one of both" for name in value.keys() ^ schema["properties"].keys()
            )
            for name in value.keys() & schema["properties"].keys():
                yield from self.compared(f"{place}/{name}", value[name], schema["properties"][name])
        elif "type" in schema and not isinstance(value, TYPES[schema["type"]]):
            yield f"{place}: {value!r} is no {schema['type']}"


TYPES: Mapping[str, tuple[type, ...]] = {
    "null": (type(None),),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "object": (dict,),
    "array": (list,),
}


def test_the_comparison_can_fail() -> None:
    answers = Answers()
    good: dict[str, Any] = {"items": [], "next_cursor": None}
    assert list(answers.differences("drive list", good)) == []
    assert list(answers.differences("drive list", {"items": []})) == ["/next_cursor is in one of both"]
    assert list(answers.differences("drive list", good | {"next_cursor": 7}))
    assert wrong_in_tsv(Ran(0, "id\n5 min ago\n", "")) and wrong_in_tsv(Ran(0, "id\nan ellip…\n", ""))
    assert wrong_in_tsv(Ran(0, "id\tat\n1\t2026-01-01 10:00\n", ""))
    assert (
        wrong_in_tsv(Ran(0, "id\n1\t2\n", ""))
        and wrong_in_tsv(Ran(0, "", ""))
        and wrong_in_tsv(Ran(0, "A b\n", ""))
    )
