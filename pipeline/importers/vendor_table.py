"""The tables of sensor makers' apps: some lines about the device, a header, rows of numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.errors import ColumnError, InputError
from pipeline.importers.assemble import Place
from pipeline.importers.text_table import MAX_COLUMNS, TextTable, bounded, split_cells, text_lines
from sensors.sample_block import FloatArray

_MAX_HEAD_LINES = 200
_DELIMITERS = (",", ";", "\t")
_DECIMAL_COMMA = re.compile(r"\d,\d")


@dataclass(frozen=True, slots=True)
class VendorTable:
    """A table whose header has been found.

    Attributes:
        table: the table; its names are the cells of the header as written.
        keys: the names in lower case, each at its column.
        head: the lines before the header.
    """

    table: TextTable
    keys: tuple[str, ...]
    head: tuple[str, ...]

    def name(self, key: str) -> str:
        """The name of a column as the file writes it."""
        return self.table.names[self.keys.index(key)]

    def names(self, keys: Sequence[str]) -> tuple[str, ...]:
        """Names of columns as the file writes them."""
        return tuple(self.name(key) for key in keys)

    def has(self, keys: Sequence[str]) -> bool:
        """Whether all of these columns are there."""
        return all(key in self.keys for key in keys)

    def told(self, field: str) -> str:
        """What a line such as ``OutputRate:,60Hz`` of the head says, else an empty text."""
        for line in self.head:
            key, _, value = line.partition(":")
            if key.strip(' "').casefold() == field.casefold():
                return value.strip(' ,;\t"')
        return ""

    def columns(self, keys: Sequence[str]) -> FloatArray:
        """Read columns as numbers, shape (n, k); empty cells are NaN.

        Raises:
            ColumnError: a column is there twice, or a cell is no number.
            InputError: the table cannot be read.
        """
        for key in keys:
            if self.keys.count(key) > 1:
                raise ColumnError(
                    "the column stands there twice",
                    path=self.table.path,
                    line=self.table.header_line,
                    column=self.name(key),
                    remedy="Export the recording again",
                )
        names = self.names(keys)
        parts = [
            np.column_stack([batch.column(name).to_numpy(zero_copy_only=False) for name in names])
            for batch in self.table.batches(names)
            if batch.num_rows
        ]
        return bounded(np.concatenate(parts)) if parts else np.empty((0, len(names)))

    def words(self, key: str) -> list[str]:
        """Read a column as text; empty cells are empty texts."""
        name = self.name(key)
        found: list[str] = []
        for batch in self.table.batches((), (name,)):
            column = batch.column(name).dictionary_decode()
            found.extend("" if value is None else value for value in column.to_pylist())
        return found

    def place(self, row: int) -> Place:
        """Line of a row; slow."""
        for line, _ in self.table.rows():
            if row == 0:
                return Place(line)
            row -= 1
        return Place(None)


def open_vendor_table(
    path: Path, is_header: Callable[[frozenset[str]], bool], *, what: str
) -> VendorTable:
    """Find the header of a table by its names, wherever it stands.

    Args:
        path: the file, plain or gzip.
        is_header: whether the cells of a line, in lower case, are those of the header.
        what: the kind of file, for errors.

    Raises:
        InputError: there is no such header.
    """
    head: list[str] = []
    header: tuple[int, tuple[str, ...], str] | None = None
    first_row = ""
    for number, line, _ in text_lines(path):
        if header is not None:
            if line.strip(",;\t "):
                first_row = line
                break
            continue
        found = _header(line, is_header)
        if found is not None:
            header = (number, *found)
        elif number > _MAX_HEAD_LINES:
            break
        else:
            head.append(line)
    if header is None:
        raise InputError(
            f"there is no header line of {what}",
            path=path,
            remedy="Export the recording again, with its header",
        )
    number, names, delimiter = header
    if len(names) > MAX_COLUMNS:
        raise ColumnError(f"the table has {len(names)} columns", path=path, line=number)
    cells = len(split_cells(first_row, delimiter)) if first_row else len(names)
    if len(names) < cells <= len(names) + 40:
        names += ("",) * (cells - len(names))
    decimal_comma = delimiter != "," and _DECIMAL_COMMA.search(first_row) is not None
    table = TextTable(path, delimiter, names, number, "," if decimal_comma else ".")
    return VendorTable(table, tuple(name.casefold() for name in names), tuple(head))


def known_rows(
    values: FloatArray, table: VendorTable, said: list[str]
) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Rows in which no number is missing, and their numbers in the file.

    Raises:
        InputError: there is no such row.
    """
    rows = np.flatnonzero(np.isfinite(values).all(axis=1))
    path = table.table.path
    if not rows.size:
        raise InputError(
            "no row has all of its values" if len(values) else "the file holds no samples",
            path=path,
            remedy="Export the recording again",
        )
    if rows.size < len(values):
        said.append(
            f"{len(values) - rows.size} of {len(values)} rows of {path.name} lack a value "
            "and count as lost."
        )
    return values[rows], rows


def _header(
    line: str, is_header: Callable[[frozenset[str]], bool]
) -> tuple[tuple[str, ...], str] | None:
    for delimiter in _DELIMITERS:
        if delimiter not in line:
            continue
        names = tuple(cell.strip().strip('"').strip() for cell in split_cells(line, delimiter))
        if is_header(frozenset(name.casefold() for name in names)):
            while names and not names[-1]:
                names = names[:-1]
            return names, delimiter
    return None
