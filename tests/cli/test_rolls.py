"""Files of roll numbers, as offices save them."""

from __future__ import annotations

from pathlib import Path

import pytest

from placeops_cli.rolls import read_rolls
from tasks.errors import PlaceopsError


def written(folder: Path, data: str | bytes) -> str:
    path = folder / "rolls.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return str(path)


def test_one_a_line_with_zeros_slashes_and_blank_lines(tmp_path: Path) -> None:
    file = written(tmp_path, "0108123\n\n  21/CS/7  \r\n1E5")
    assert read_rolls(file) == [(1, "0108123"), (3, "21/CS/7"), (4, "1E5")]


@pytest.mark.parametrize("title", ["roll_no", "Roll No.", "ROLL NUMBER", "USN"])
def test_the_column_of_a_csv(tmp_path: Path, title: str) -> None:
    file = written(tmp_path, f'Name,{title}\n"Devi,\nR",0108123\nArun\nB,1E5\n')
    assert read_rolls(file) == [(2, "0108123"), (5, "1E5")]


def test_a_single_column_with_its_heading(tmp_path: Path) -> None:
    assert read_rolls(written(tmp_path, "roll_no\nA1\n")) == [(2, "A1")]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_of_spreadsheets(tmp_path: Path, encoding: str, delimiter: str) -> None:
    file = written(tmp_path, f"Roll No{delimiter}Name\nA1{delimiter}Ren\xe9\n".encode(encoding))
    assert read_rolls(file) == [(2, "A1")]


def test_an_empty_file_lists_nobody(tmp_path: Path) -> None:
    assert read_rolls(written(tmp_path, "")) == []


def test_a_csv_without_a_roll_number_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PlaceopsError, match="no column of roll numbers among Name, Age"):
        read_rolls(written(tmp_path, "Name,Age\nA,1\n"))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(PlaceopsError) as caught:
        read_rolls(str(tmp_path / "none"))
    assert caught.value.code == "file-unreadable"


def test_a_cell_without_an_end_is_an_error(tmp_path: Path) -> None:
    file = written(tmp_path, 'roll_no\n"' + "x\n" * 100_000)
    with pytest.raises(PlaceopsError, match="cannot be read as a CSV: field larger than field limit"):
        read_rolls(file)
