"""Neutral samples: ``time_s, placement, acc_x .. acc_z, gyr_x .. gyr_z`` as CSV or Parquet.

Rows of the placements may be interleaved or one after another; columns may stand in any order,
and other columns are ignored. CSV is UTF-8, comma separated, with a decimal point, plain or gzip.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as parquet

from pipeline.errors import ColumnError, InputError, PlacementError
from pipeline.importers.assemble import Place, RawSensor, assemble
from pipeline.importers.imported_samples import ImportedSamples
from pipeline.importers.neutral_columns import (
    COLUMNS,
    COUNT_COLUMNS,
    NUMBER_COLUMNS,
    lacks_of_columns,
)
from pipeline.importers.sample_count import Counted
from pipeline.importers.text_table import (
    MAX_COLUMNS,
    MAX_ROWS,
    TextTable,
    text_lines,
    unreadable,
)
from sensors.placement import Placement
from sensors.sample_block import FloatArray

_NAMES = {placement.value: placement for placement in Placement}
_FLAGS = ("clipped_acc", "clipped_gyr")
_FLAG_WORDS = {"0": 0.0, "1": 1.0, "0.0": 0.0, "1.0": 1.0, "false": 0.0, "true": 1.0}
"""As this program and as data frames write them."""
_PARQUET_BATCH_ROWS = 1 << 17
_MOST_BLANK_LINES = 1000


def read_neutral_csv(path: Path) -> ImportedSamples:
    """Read neutral samples from a CSV file, plain or gzip.

    Args:
        path: the file.

    Raises:
        InputError: and its kinds, see :func:`pipeline.importers.assemble.assemble`.
    """
    path = Path(path)
    table = _csv_table(path)
    more = COUNT_COLUMNS if all(table.names.count(name) == 1 for name in COUNT_COLUMNS) else ()
    flags = tuple(name for name in more if name in _FLAGS)
    numbers = tuple(name for name in (*NUMBER_COLUMNS, *more) if name not in flags)
    batches = table.batches(numbers, ("placement", *flags))

    def locate(placement: Placement) -> Callable[[int], Place]:
        def find(row: int) -> Place:
            column = table.names.index("placement")
            for line, cells in table.rows():
                if column < len(cells) and _placement(cells[column]) is placement:
                    if row == 0:
                        return Place(line)
                    row -= 1
            return Place(None)

        return find

    def first_unknown(text: str | None) -> Place:
        column = table.names.index("placement")
        for line, cells in table.rows():
            if column < len(cells) and cells[column] == (text or ""):
                return Place(line)
        return Place(None)

    return _read(path, batches, locate, first_unknown, "csv")


def read_neutral_parquet(path: Path) -> ImportedSamples:
    """Read neutral samples from a Parquet file.

    Args:
        path: the file.

    Raises:
        InputError: and its kinds, see :func:`pipeline.importers.assemble.assemble`.
    """
    path = Path(path)

    def find(wanted: Callable[[str | None], bool], row: int) -> Place:
        number = 0
        for batch in _parquet_batches(path, ("placement",)):
            column = batch.column("placement")
            if pa.types.is_dictionary(column.type):
                column = column.dictionary_decode()
            for text in _texts(column):
                number += 1
                if wanted(text):
                    if row == 0:
                        return Place(None, f" (row {number})")
                    row -= 1
        return Place(None)

    return _read(
        path,
        _parquet_batches(path, COLUMNS, COUNT_COLUMNS),
        lambda placement: (
            lambda row: find(lambda text: text is not None and _placement(text) is placement, row)
        ),
        lambda unknown: find(lambda text: text == unknown, 0),
        "parquet",
    )


def _read(
    path: Path,
    batches: Iterable[pa.RecordBatch],
    locate: Callable[[Placement], Callable[[int], Place]],
    first_unknown: Callable[[str | None], Place],
    format_name: str,
) -> ImportedSamples:
    parts: dict[Placement, list[FloatArray]] = {}
    for batch in batches:
        wanted = [name for name in (*NUMBER_COLUMNS, *COUNT_COLUMNS) if name in batch.schema.names]
        numbers = [_numbers(batch.column(name)) for name in wanted]
        for placement, rows in _rows_by_placement(batch.column("placement"), path, first_unknown):
            # One placement at a time in time order is the whole file for grouped tables.
            block = np.empty((int(rows.sum()), len(wanted)))
            for column, values in enumerate(numbers):
                block[:, column] = values[rows]
            parts.setdefault(placement, []).append(block)
    if not parts:
        raise InputError(
            "the table has a header but no samples", path=path, remedy="Export the recording again"
        )
    sensors = []
    for placement in list(parts):
        values = np.concatenate(parts.pop(placement))
        counted = Counted.of(values[:, 0], values[:, len(NUMBER_COLUMNS) :])
        lacks = lacks_of_columns(values)
        sensors.append(
            RawSensor(
                placement=placement,
                path=path,
                time_s=values[:, 0].copy(),
                acc=values[:, 1:4].copy(),
                gyr=values[:, 4:7].copy(),
                columns=NUMBER_COLUMNS,
                locate=locate(placement),
                index=counted.index,
                rate_hz=counted.rate_hz,
                flags=counted.flags,
                lacks=lacks,
            )
        )
    return assemble(
        sensors,
        format_name=format_name,
        source=f"neutral samples, {path.name}",
    )


def _numbers(column: pa.Array) -> FloatArray:
    """A column as numbers; words as in 1, 0, True, false, and NaN for any other."""
    if not pa.types.is_dictionary(column.type):
        return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)
    words = [(text or "").strip().casefold() for text in _texts(column.dictionary)]
    known = np.array([_FLAG_WORDS.get(word, np.nan) for word in words] + [np.nan])
    codes = column.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    return np.asarray(known[codes], dtype=np.float64)


def _rows_by_placement(
    column: pa.Array, path: Path, first_unknown: Callable[[str | None], Place]
) -> Iterator[tuple[Placement, npt.NDArray[np.bool_]]]:
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    names = _texts(column.dictionary)
    codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    used = np.unique(codes).tolist()
    masks: dict[Placement, npt.NDArray[np.bool_]] = {}
    for code in used:
        text = None if code < 0 else names[code]
        placement = None if text is None else _placement(text)
        if placement is None:
            place = first_unknown(text)
            raise PlacementError(
                ("the placement is empty" if not text else f"{text[:40]!r} is no placement")
                + place.words,
                path=path,
                line=place.line,
                column="placement",
                remedy=f"Use {', '.join(_NAMES)}",
            )
        rows = codes == code
        masks[placement] = masks[placement] | rows if placement in masks else rows
    yield from masks.items()


def _texts(column: pa.Array) -> list[str | None]:
    """Values of a text column; a damaged file may hold bytes that are no UTF-8."""
    large = pa.types.is_large_string(column.type)
    raw = column.cast(pa.large_binary() if large else pa.binary()).to_pylist()
    return [None if value is None else value.decode("utf-8", "replace") for value in raw]


def _placement(text: str) -> Placement | None:
    return _NAMES.get(text.strip().strip('"').casefold())


def _csv_table(path: Path) -> TextTable:
    for number, line, _ in text_lines(path):
        if number > _MOST_BLANK_LINES:
            break
        if not line.strip():
            continue
        names = tuple(name.strip().strip('"').strip() for name in line.split(","))
        _check_columns(names, path, number, line)
        return TextTable(path, ",", names, number)
    raise InputError("the file is empty", path=path, remedy="Export the recording again")


def _check_columns(
    names: tuple[str, ...], path: Path, line: int | None, text: str | None = None
) -> None:
    if len(names) > MAX_COLUMNS:
        raise ColumnError(f"the table has {len(names)} columns", path=path, line=line)
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise ColumnError(
            "the table has no column " + ", ".join(missing),
            path=path,
            line=line,
            column=missing[0],
            remedy=_column_remedy(names, missing, text),
        )
    doubled = [name for name in COLUMNS if names.count(name) > 1]
    if doubled:
        raise ColumnError(
            "the column stands there twice",
            path=path,
            line=line,
            column=doubled[0],
            remedy="Delete or rename one of the two",
        )


def _column_remedy(names: tuple[str, ...], missing: list[str], text: str | None) -> str:
    if text is not None and len(names) == 1:
        for delimiter, word in ((";", "semicolons"), ("\t", "tabs")):
            if delimiter in text:
                return f"Columns are separated by {word}; save the table with commas"
    if names and all(_looks_like_number(name) for name in names if name):
        return f"The first line must be a header: {','.join(COLUMNS)}"
    others = [name for name in names if name not in COLUMNS]
    near = difflib.get_close_matches(missing[0], others, n=1, cutoff=0.4)
    hint = f"Is it {near[0][:40]!r}? " if near else ""
    return f"{hint}Name the columns {', '.join(COLUMNS)}"


def _looks_like_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _parquet_batches(
    path: Path, columns: tuple[str, ...], more: tuple[str, ...] = ()
) -> Iterator[pa.RecordBatch]:
    """Read columns; and ``more`` of them where all of those are there, as numbers."""
    try:
        with parquet.ParquetFile(path) as file:
            schema = file.schema_arrow
            _check_columns(tuple(schema.names), path, None)
            if file.metadata.num_rows > MAX_ROWS:
                raise InputError(
                    f"the file has more than {MAX_ROWS} rows",
                    path=path,
                    remedy="Split it into shorter recordings",
                )
            for name in columns:
                _check_parquet_type(schema.field(name), path)
            if more and all(_is_number_column(schema, name) for name in more):
                columns = (*columns, *more)
            yield from file.iter_batches(_PARQUET_BATCH_ROWS, columns=list(columns))
    except (pa.ArrowException, ValueError) as error:
        raise InputError(
            f"the Parquet file is damaged ({str(error).splitlines()[0][:120]})",
            path=path,
            remedy="Copy or export it again",
        ) from error
    except OSError as error:
        raise unreadable(path, error) from error


def _is_number_column(schema: pa.Schema, name: str) -> bool:
    if schema.names.count(name) != 1:
        return False
    kind = schema.field(name).type
    if name in _FLAGS and pa.types.is_boolean(kind):
        return True
    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind))


def _check_parquet_type(field: pa.Field, path: Path) -> None:
    kind = field.type
    if field.name == "placement":
        inner = kind.value_type if pa.types.is_dictionary(kind) else kind
        if pa.types.is_string(inner) or pa.types.is_large_string(inner):
            return
        wanted = "text"
    else:
        if pa.types.is_floating(kind) or pa.types.is_integer(kind):
            return
        wanted = "numbers"
    raise ColumnError(
        f"the column holds {kind}, not {wanted}",
        path=path,
        column=field.name,
        remedy=f"Write it as {wanted}",
    )
