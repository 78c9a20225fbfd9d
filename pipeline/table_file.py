"""Writing a table to a file whole or not at all, in the format its name asks for."""

from __future__ import annotations

import csv
import json
import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
import numpy.typing as npt

from pipeline.errors import OutputError

if TYPE_CHECKING:
    import pandas as pd

Columns = dict[str, list[str] | npt.NDArray[Any]]
"""A table as columns of one length by name: text as lists, numbers and truth values as arrays."""
_ROWS = 5000
"""Rows that are made text of at once, which bounds the memory for it."""


def _write_csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False, lineterminator="\n")


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path, engine="pyarrow", index=False, compression="zstd")


def _write_json(frame: pd.DataFrame, path: Path) -> None:
    path.write_text(_records(frame) + "\n", encoding="utf-8")


def _records(frame: pd.DataFrame) -> str:
    plain = frame.astype(object).where(frame.notna(), None)
    return json.dumps(plain.to_dict(orient="records"), ensure_ascii=False, allow_nan=False)


WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    ".csv": _write_csv,
    ".parquet": _write_parquet,
    ".json": _write_json,
}
"""File suffix to the function that writes a table."""


def frame_of(columns: Mapping[str, list[str] | npt.NDArray[Any]]) -> pd.DataFrame:
    """A data frame of columns."""
    import pandas as pd  # takes half a second, and not everybody needs a frame

    return pd.DataFrame(
        {
            name: pd.array(values, dtype="str") if isinstance(values, list) else values
            for name, values in columns.items()
        }
    )


def write_columns(columns: Mapping[str, list[str] | npt.NDArray[Any]], path: Path) -> None:
    """Write a table as `write_table` does; as CSV without the half second that a frame takes.

    Args:
        columns: the table.
        path: file to write, ending in ``.csv``, ``.parquet`` or ``.json``.

    Raises:
        OutputError: other suffix, missing folder, or the file cannot be written.
    """
    write_parts([columns], path)


def write_parts(parts: Iterable[Mapping[str, list[str] | npt.NDArray[Any]]], path: Path) -> None:
    """The same of a table in parts, whose memory is that of one of them.

    Args:
        parts: the table, some rows at a time; at least one part, all with the same columns.
        path: file to write, ending in ``.csv``, ``.parquet`` or ``.json``.

    Raises:
        OutputError: other suffix, missing folder, or the file cannot be written.
    """
    with _written(path) as temporary:
        match Path(path).suffix.lower():
            case ".csv":
                _write_csv_parts(parts, temporary)
            case ".parquet":
                with temporary.open("wb") as file:
                    write_parquet(parts, file)
            case _:
                _write_json_parts(parts, temporary)


def _write_json_parts(
    parts: Iterable[Mapping[str, list[str] | npt.NDArray[Any]]], path: Path
) -> None:
    with path.open("w", encoding="utf-8") as file:
        between = "["
        for columns in parts:
            if rows := _records(frame_of(columns))[1:-1]:
                file.write(between + rows)
                between = ", "
        file.write("]\n" if between == ", " else "[]\n")


def _write_csv_parts(
    parts: Iterable[Mapping[str, list[str] | npt.NDArray[Any]]], path: Path
) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for number, columns in enumerate(parts):
            if not number:
                writer.writerow(columns)
            count = len(next(iter(columns.values()), ()))
            for a in range(0, count, _ROWS):
                cells = [_cells(values[a : a + _ROWS]) for values in columns.values()]
                writer.writerows(zip(*cells, strict=True))


def write_parquet(
    parts: Iterable[Mapping[str, list[str] | npt.NDArray[Any]]], file: BinaryIO
) -> None:
    """Write a table in parts as Parquet; each part is a group of rows.

    Args:
        parts: as for `write_parts`.
        file: open for writing.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    for columns in parts:
        table = pa.Table.from_pandas(frame_of(columns), preserve_index=False, nthreads=1)
        if writer is None:
            # numbers are hardly ever the same twice
            words = [name for name, values in columns.items() if isinstance(values, list)]
            writer = pq.ParquetWriter(file, table.schema, compression="zstd", use_dictionary=words)
        writer.write_table(table)
        del table
        pa.default_memory_pool().release_unused()
    if writer is not None:
        writer.close()


def _cells(values: list[str] | npt.NDArray[Any]) -> list[Any]:
    """Values as CSV has them: numbers in full, an empty cell for an unknown one."""
    if isinstance(values, list):
        return values
    cells: list[Any] = values.tolist()
    if values.dtype.kind == "f":
        for n in np.flatnonzero(np.isnan(values)).tolist():
            cells[n] = ""
    return cells


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a new temporary file beside ``path`` that takes its place if nothing goes wrong.

    The file is synced to disk before it is renamed, so ``path`` holds either the old or the whole
    new content, also after a power cut. On an error the temporary file is removed.

    Raises:
        OSError: the folder is missing, read-only or full.
    """
    temporary = path.parent / f".{path.name[:60]}.{uuid.uuid4().hex}.part"
    temporary.touch(exist_ok=False)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV, Parquet or JSON, by the suffix of the file name.

    CSV: UTF-8, comma, header line, empty cell for unknown. JSON: one list of objects, ``null`` for
    unknown. An existing file is replaced at the end, whole.

    Args:
        frame: the table.
        path: file to write, ending in ``.csv``, ``.parquet`` or ``.json``.

    Raises:
        OutputError: other suffix, missing folder, or the file cannot be written.
    """
    with _written(path) as temporary:
        WRITERS[Path(path).suffix.lower()](frame, temporary)


@contextmanager
def _written(path: Path) -> Iterator[Path]:
    """Give a file that takes the place of ``path``; see `replacing`.

    Raises:
        OutputError: other suffix, missing folder, or the file cannot be written.
    """
    path = Path(path)
    check_table_path(path)
    try:
        with replacing(path) as temporary:
            yield temporary
    except OSError as error:
        raise OutputError(
            f"the file cannot be written ({error.strerror or error})",
            path=path,
            remedy="Check the rights and the free space of the folder, or choose another place",
        ) from error


def check_table_path(path: Path, inputs: Sequence[Path] = ()) -> None:
    """See that a table can be written to ``path``, before the work that makes it.

    Args:
        path: file to write.
        inputs: files that are read; none of them may be replaced.

    Raises:
        OutputError: other suffix, a folder, a missing folder, or an input.
    """
    if any(os.path.realpath(path) == os.path.realpath(each) for each in inputs):
        raise OutputError(
            "the table would replace its own input",
            path=path,
            remedy="Choose another name for the table",
        )
    if path.suffix.lower() not in WRITERS:
        raise OutputError(
            f"a table cannot be written as '{path.suffix or path.name}'",
            path=path,
            remedy=f"Let the file name end in {', '.join(WRITERS)}",
        )
    if path.is_dir():
        raise OutputError("this is a folder", path=path, remedy="Give the name of a file")
    if not path.parent.is_dir():
        raise OutputError(
            "the folder for the file does not exist",
            path=path,
            remedy=f"Create {path.parent} or choose another place",
        )
