"""A table as an Excel workbook: text stays text whatever it looks like, memory stays constant, same table same bytes.

Rows go to a file in a folder of the caller's first, and are packed when they are all there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WIDTH = 16
"""Of a column, in characters."""


class Sheet:
    """A workbook of one sheet; rows are cells as CSV has them, '' for unknown.

    `decimals` says of each column how many decimals its numbers have; None: the column holds text. `folder` takes the
    rows until `finish`; the caller removes it.
    """

    def __init__(self, file: BinaryIO, folder: Path, decimals: Sequence[int | None]) -> None:
        options = {"constant_memory": True, "tmpdir": str(folder), "use_zip64": True}
        self._book = Workbook(file, options)
        self._book.set_properties({"created": datetime(1980, 1, 1, tzinfo=UTC)})
        self._sheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, len(decimals) - 1, WIDTH)
        self._bold = self._book.add_format({"bold": True})
        self._plain = self._book.add_format()
        numbers = {0: "0", 2: "0.00"}
        formats = {places: self._book.add_format({"num_format": form}) for places, form in numbers.items()}
        self._formats = [None if places is None else formats[places] for places in decimals]
        self._next = 0

    def add_header(self, cells: Sequence[str]) -> None:
        """The first row."""
        for column, cell in enumerate(cells):
            self._sheet.write_string(0, column, cell, self._bold)
        self._next = 1

    def add_rows(self, rows: Iterable[Sequence[str]]) -> None:
        """More rows below those that are there."""
        sheet = self._sheet
        for row in rows:
            for column, (cell, form) in enumerate(zip(row, self._formats, strict=True)):
                if not cell:
                    continue
                if form is not None:
                    sheet.write_number(self._next, column, float(cell), form)
                elif cell.startswith("<r>"):
                    # The library would take it for text that it had marked up itself, and write it as it is.
                    sheet.write_rich_string(self._next, column, cell[:1], self._plain, cell[1:])
                else:
                    sheet.write_string(self._next, column, cell)
            self._next += 1

    def finish(self) -> None:
        """Pack the workbook into the file. Raises OSError."""
        try:
            self._book.close()
        except FileCreateError as error:
            raise error.args[0] from None

    def let_go(self) -> None:
        """Close what is open, so that the rows of a workbook that was never finished take no place on the disk."""
        self._sheet.row_data_fh.close()
