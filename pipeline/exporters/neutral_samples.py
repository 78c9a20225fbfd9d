"""Neutral samples out: the table that every program reads, and that comes back as it went.

Beside the columns of the neutral format stand four more, which other readers may ignore:
``sample_index`` (lost samples are counted), ``rate_hz`` (as the clock fit found it), and
``clipped_acc`` and ``clipped_gyr`` (1 where a sensor stood at the end of its range). With them an
analysis of the table gives the same strides as one of the recording.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv as arrow_csv

from pipeline.exporters.output_place import check_output_file, whole_file
from pipeline.exporters.session_samples import SessionSamples
from pipeline.importers.imported_samples import SensorSamples
from sensors.sample_block import FLAG_CLIPPED_ACC, FLAG_CLIPPED_GYR, LACKS_ACC, LACKS_GYR

SAMPLE_COLUMNS: tuple[str, ...] = (
    "time_s",
    "placement",
    "acc_x",
    "acc_y",
    "acc_z",
    "gyr_x",
    "gyr_y",
    "gyr_z",
    "sample_index",
    "rate_hz",
    "clipped_acc",
    "clipped_gyr",
)
"""Columns of the table, in order."""


def sample_table(sensor: SensorSamples) -> pa.Table:
    """The samples of one sensor as a table with ``SAMPLE_COLUMNS``."""
    count = len(sensor)
    columns: dict[str, object] = {
        "time_s": sensor.time_s,
        "placement": pa.DictionaryArray.from_arrays(
            pa.array(np.zeros(count, np.int8)), pa.array([sensor.placement.value])
        ),
    }
    for quantity, values, lacked in (
        ("acc", sensor.acc, LACKS_ACC),
        ("gyr", sensor.gyr, LACKS_GYR),
    ):
        for axis, name in enumerate("xyz"):
            # empty in the table, not a number that is none, where the sensor lacks the quantity
            absent = sensor.lacks & lacked
            column = np.ascontiguousarray(values[:, axis])
            columns[f"{quantity}_{name}"] = pa.nulls(count, pa.float64()) if absent else column
    columns["sample_index"] = sensor.index
    columns["rate_hz"] = np.full(count, sensor.rate_hz)
    for name, flag in (("clipped_acc", FLAG_CLIPPED_ACC), ("clipped_gyr", FLAG_CLIPPED_GYR)):
        columns[name] = ((sensor.flags & flag) != 0).astype(np.uint8)
    return pa.table(columns)


def write_neutral_csv(samples: SessionSamples, path: Path, *, force: bool = False) -> Path:
    """Write the samples as CSV, one sensor after the other; numbers with all their digits.

    Raises:
        OutputError: the file cannot be written.
    """
    check_output_file(path, force=force)
    with whole_file(path) as file, file.open("wb") as stream:
        stream.write((",".join(SAMPLE_COLUMNS) + "\n").encode("ascii"))
        options = arrow_csv.WriteOptions(include_header=False, quoting_style="none")
        for table in _plain_tables(samples):
            arrow_csv.write_csv(table, stream, options)
    return path


def write_neutral_parquet(samples: SessionSamples, path: Path, *, force: bool = False) -> Path:
    """Write the samples as Parquet, one row group per sensor or more.

    Raises:
        OutputError: the file cannot be written.
    """
    check_output_file(path, force=force)
    with whole_file(path) as file:
        tables = _plain_tables(samples)
        first = next(tables)
        with pq.ParquetWriter(file, first.schema, compression="zstd") as writer:
            writer.write_table(first)
            for table in tables:
                writer.write_table(table)
    return path


def _plain_tables(samples: SessionSamples) -> Iterator[pa.Table]:
    """Tables of one schema: the placement as text."""
    for sensor in samples.sensors.values():
        table = sample_table(sensor)
        text = table.column("placement").cast(pa.string())
        yield table.set_column(1, "placement", text)
