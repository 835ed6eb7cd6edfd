"""The documents that the program writes are committed as it would write them now."""

from __future__ import annotations

import re

import pytest

from placeops_cli.failures import EXIT
from tasks.errors import REGISTRY
from tasks.permissions import PERMISSIONS, Grant
from tasks.settings import Settings
from tests.cli.tree import LEAVES
from tests.documents import COMMAND, ROOT, documents, permissions, settings

DOCUMENTS = documents()
LINK = re.compile(r"\]\(([^)#]*)(?:#([^)]*))?\)")


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_file_is_what_would_be_written(path: str) -> None:
    file = ROOT / path
    same = file.exists() and file.read_text("utf-8") == DOCUMENTS[path]
    assert same, f"{path} is behind the program: {COMMAND}"


def test_nothing_is_left_out() -> None:
    for words, leaf in LEAVES.items():
        assert f"# placeops {words}\n" in DOCUMENTS["docs/cli.md"]
        for param in leaf.params:
            if param.param_type_name == "option" and not getattr(param, "hidden", False):
                assert f"`{param.opts[0]}" in DOCUMENTS["docs/cli.md"] or len(param.opts) > 1
    assert all(f"| `{code}` |" in DOCUMENTS["docs/errors.md"] for code in REGISTRY)
    assert all(f"| `{name}` |" in DOCUMENTS["docs/permissions.md"] for name in PERMISSIONS)
    assert set(permissions.MEANING) == set(Grant)
    listed = [name for names in settings.PARTS.values() for name in names]
    assert sorted(listed) == sorted(Settings.model_fields)
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize("path", [path for path in DOCUMENTS if path.endswith(".md")])
def test_links_lead_somewhere(path: str) -> None:
    headings = {
        re.sub(r"[^\w -]", "", line.lstrip("# ")).strip().lower().replace(" ", "-")
        for line in DOCUMENTS[path].splitlines()
        if line.startswith("#")
    }
    for target, anchor in LINK.findall(DOCUMENTS[path]):
        assert not target or (ROOT / "docs" / target).exists(), target
        assert target or anchor in headings, anchor


def test_the_contract_names_every_exit_status() -> None:
    contract = (ROOT / "docs" / "cli-contract.md").read_text("utf-8")
    for status in set(EXIT.values()):
        assert f"\n| {status} |" in contract
