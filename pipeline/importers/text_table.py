"""A table of numbers in a text file: fast to read, and exact about where a fault lies."""

from __future__ import annotations

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import numpy as np

from pipeline.errors import ColumnError, InputError
from pipeline.importers.cell_number import NULL_CELLS, has_decimal_comma, is_number
from sensors.sample_block import FloatArray

if TYPE_CHECKING:
    import pyarrow as pa

MAX_LINE_BYTES = 1 << 18
MAX_COLUMNS = 2000
MAX_ROWS = 40_000_000
"""Rows that are read at most: 18 hours of three sensors at 200 Hz, about 4 GB of memory at peak."""

MAX_RATIO = 100
"""Most bytes per compressed byte: text of samples has between 3 and 10."""

_BEYOND_SENSE = 1e30
_FREE_BYTES = 32 << 20
_BLOCK_BYTES = 1 << 22
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class TextTable:
    """A delimited text file with a header line, plain or gzip.

    Attributes:
        path: the file.
        delimiter: one character.
        names: column names of the header line, stripped.
        header_line: line number of the header, first line is 1.
        decimal_point: ``.`` or ``,``.
    """

    path: Path
    delimiter: str
    names: tuple[str, ...]
    header_line: int
    decimal_point: str = "."

    def batches(
        self, numbers: Sequence[str], words: Sequence[str] = (), *, max_rows: int = MAX_ROWS
    ) -> Iterator[pa.RecordBatch]:
        """Read columns a few megabytes at a time; other columns are skipped.

        Args:
            numbers: columns of numbers, read as float64; an empty cell is null.
            words: columns of text, read as a dictionary array.
            max_rows: rows after which the file is refused.

        Raises:
            ColumnError: text in a number cell.
            InputError: a line with too few or too many cells, a file that is cut short, damaged,
                too long or not UTF-8.
        """
        import pyarrow as pa  # takes time and memory, and recordings do not need it
        import pyarrow.csv as arrow_csv

        types = dict.fromkeys(numbers, pa.float64()) | dict.fromkeys(
            words, pa.dictionary(pa.int32(), pa.string())
        )
        unique = [
            name if self.names.index(name) == column else f"{name}\0{column}"
            for column, name in enumerate(self.names)
        ]
        rows = 0
        try:
            with _open_arrow(self.path) as stream:
                reader = arrow_csv.open_csv(
                    stream,
                    read_options=arrow_csv.ReadOptions(
                        block_size=_BLOCK_BYTES, skip_rows=self.header_line, column_names=unique
                    ),
                    parse_options=arrow_csv.ParseOptions(delimiter=self.delimiter),
                    convert_options=arrow_csv.ConvertOptions(
                        column_types=types,
                        include_columns=[*numbers, *words],
                        decimal_point=self.decimal_point,
                        strings_can_be_null=True,
                        null_values=list(NULL_CELLS),
                    ),
                )
                for batch in reader:
                    rows += batch.num_rows
                    if rows > max_rows:
                        raise InputError(
                            f"the file has more than {max_rows} rows",
                            path=self.path,
                            remedy="Split it into shorter recordings",
                        )
                    yield batch
        except pa.ArrowInvalid as error:
            self._raise_fault(numbers, error)
        except (OSError, EOFError, zlib.error) as error:
            raise unreadable(self.path, error) from error

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Line number and cells of each row; slow, for finding faults."""
        for number, line, _ in text_lines(self.path):
            if number > self.header_line and line:
                yield number, self._cells(line)

    def _cells(self, line: str) -> list[str]:
        return split_cells(line, self.delimiter)

    def _raise_fault(self, numbers: Sequence[str], cause: Exception) -> None:
        """Find what the fast reader stumbled over; nothing is wrong if there are no rows."""
        columns = {self.names.index(name): name for name in numbers}
        last_line, last_cells, terminated = 0, 0, True
        for number, line, ended in text_lines(self.path):
            if number <= self.header_line or not line:
                continue
            cells = self._cells(line)
            if last_line and last_cells != len(self.names):
                raise self._wrong_count(last_line, last_cells) from cause
            last_line, last_cells, terminated = number, len(cells), ended
            if len(cells) != len(self.names):
                continue
            for column, name in columns.items():
                if not is_number(cells[column], self.decimal_point):
                    raise self._no_number(cells[column], number, name) from cause
        if not last_line:
            return
        if last_cells != len(self.names):
            if last_cells < len(self.names) and not terminated:
                raise InputError(
                    f"the last line is cut short ({last_cells} of {len(self.names)} cells)",
                    path=self.path,
                    line=last_line,
                    remedy="Delete the line, or copy the file again if more of it is missing",
                ) from cause
            raise self._wrong_count(last_line, last_cells) from cause
        raise InputError(
            f"the table cannot be read ({str(cause).splitlines()[0][:120]})",
            path=self.path,
            remedy="Save it as UTF-8 text, one line per sample",
        ) from cause

    def _no_number(self, cell: str, line: int, column: str) -> ColumnError:
        if self.decimal_point == "." and has_decimal_comma(cell):
            remedy = "This is a decimal comma: save the table with decimal points"
        else:
            remedy = (
                "Correct the cell or delete the line; numbers are written with "
                f"a '{self.decimal_point}' and without a unit"
            )
        return ColumnError(
            f"{cell[:40]!r} is not a number",
            path=self.path,
            line=line,
            column=column,
            remedy=remedy,
        )

    def _wrong_count(self, line: int, cells: int) -> InputError:
        # 0,5,1,2 instead of 0.5,1.2: about twice the cells of the header, nearly all whole numbers
        commas = self.delimiter == "," and cells >= 2 * len(self.names) - 2 > 2
        return InputError(
            f"the line has {cells} cells, the header has {len(self.names)}",
            path=self.path,
            line=line,
            remedy="If its numbers have decimal commas, save the table with decimal points"
            if commas
            else "Correct or delete the line",
        )


def bounded(values: FloatArray) -> FloatArray:
    """Numbers beyond all sense made infinite, in place, so that no arithmetic overflows later."""
    values[np.abs(values) > _BEYOND_SENSE] = np.inf
    return values


def split_cells(line: str, delimiter: str) -> list[str]:
    """Cells of a line; quotes are followed where they make sense."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a stray carriage return, or a cell without end
        return line.split(delimiter)


def text_lines(path: Path) -> Iterator[tuple[int, str, bool]]:
    """Lines of a text file, plain or gzip: number from 1, text without its end, whether it ended.

    A byte order mark is dropped; bytes that are not UTF-8 show as the replacement character.

    Raises:
        InputError: an overlong line, or a compressed file that is damaged or cut short.
    """
    try:
        with open_binary(path) as file:
            number = 0
            while raw := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(raw) > MAX_LINE_BYTES:
                    raise InputError(
                        f"the line is longer than {MAX_LINE_BYTES} bytes",
                        path=path,
                        line=number,
                        remedy="This is not a table of samples with one line per sample",
                    )
                text = raw.decode("utf-8-sig" if number == 1 else "utf-8", "replace")
                yield number, text.rstrip("\r\n"), raw.endswith(b"\n")
    except (OSError, EOFError, zlib.error) as error:
        raise unreadable(path, error) from error


@contextmanager
def open_binary(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for reading, decompressed when it is gzip by content."""
    with path.open("rb") as plain:
        if plain.read(2) != _GZIP_MAGIC:
            plain.seek(0)
            yield plain
            return
    with gzip.open(path, "rb") as unpacked:
        yield cast("IO[bytes]", io.BufferedReader(_Bounded(unpacked, path)))


class _Bounded(io.RawIOBase):
    """A decompressed stream that refuses to become far larger than its file."""

    def __init__(self, stream: gzip.GzipFile, path: Path) -> None:
        super().__init__()
        self._stream = stream
        self._path = path
        self._most = _FREE_BYTES + MAX_RATIO * path.stat().st_size
        self._read = 0

    def readable(self) -> bool:
        """Whether it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read into a buffer."""
        data = self._stream.read(len(buffer))
        self._read += len(data)
        if self._read > self._most:
            raise InputError(
                f"unpacked it would be more than {self._most >> 20} MB",
                path=self._path,
                remedy="Such a file may be made to do harm; export the recording again",
            )
        buffer[: len(data)] = data
        return len(data)


def unreadable(path: Path, error: Exception) -> InputError:
    """The error for a file whose bytes cannot be had."""
    text = str(error)
    if isinstance(error, EOFError) or "Truncated compressed" in text:
        return InputError(
            "the compressed file is cut short", path=path, remedy="Copy or download it again"
        )
    if isinstance(error, gzip.BadGzipFile | zlib.error) or re.search("inflate|zlib", text):
        return InputError(
            "the compressed file is damaged", path=path, remedy="Copy or download it again"
        )
    if isinstance(error, PermissionError):
        return InputError(
            "the file may not be read", path=path, remedy="Check the rights of the file"
        )
    if isinstance(error, FileNotFoundError):
        return InputError("there is no such file", path=path, remedy="Check the name")
    reason = error.strerror if isinstance(error, OSError) and error.strerror else text
    return InputError(
        f"the file cannot be read ({reason.strip().splitlines()[0][:120]})",
        path=path,
        remedy="Copy or export it again",
    )


@contextmanager
def _open_arrow(path: Path) -> Iterator[pa.NativeFile]:
    import pyarrow as pa

    with path.open("rb") as plain:
        packed = plain.read(2) == _GZIP_MAGIC
    if not packed:
        with pa.input_stream(str(path), compression=None) as stream:
            yield stream
        return
    with open_binary(path) as unpacked, pa.PythonFile(unpacked, mode="r") as stream:
        yield stream
