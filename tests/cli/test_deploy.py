"""`placeops deploy render` on the command line: nothing that is there already is lost."""

from __future__ import annotations

from tests.cli.conftest import Run
from tests.conftest import Place


def test_nothing_is_overwritten_unasked(place: Place, placeops: Run) -> None:
    folder = place.folder / "units"
    words = ("deploy", "render", "systemd", "--to", str(folder))
    assert set(placeops(*words, "--dry-run").column("state")) == {"planned"}
    assert not folder.exists()
    assert set(placeops(*words).column("state")) == {"written"}
    assert set(placeops(*words).column("state")) == {"unchanged"}
    mine = folder / "placeops-api.service"
    mine.write_text("# mine\n")
    (folder / "placeops.target").unlink()
    refused = placeops(*words)
    assert refused.code == 5 and "placeops-api.service" in refused.err and "--force" in refused.err
    assert mine.read_text() == "# mine\n" and not (folder / "placeops.target").exists(), "all or nothing"
    assert placeops(*words, "--force").column("state").count("written") == 2
    assert mine.read_text() != "# mine\n"
