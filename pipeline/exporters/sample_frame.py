"""Samples of a session as a data frame, and back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.errors import ColumnError, InputError, PlacementError
from pipeline.exporters.neutral_samples import SAMPLE_COLUMNS
from pipeline.exporters.session_samples import SessionSamples
from pipeline.importers.assemble import Place, RawSensor, assemble
from pipeline.importers.imported_samples import SensorSamples
from pipeline.importers.neutral_columns import COUNT_COLUMNS, NUMBER_COLUMNS, lacks_of_columns
from pipeline.importers.sample_count import Counted
from sensors.placement import Placement
from sensors.sample_block import FLAG_CLIPPED_ACC, FLAG_CLIPPED_GYR

if TYPE_CHECKING:
    import pandas as pd

WHERE = Path("data frame")
"""Named in errors where a file would be."""


def samples_to_frame(samples: SessionSamples) -> pd.DataFrame:
    """The samples of all sensors, one sensor after the other.

    Args:
        samples: the session.

    Returns:
        One row per sample with ``SAMPLE_COLUMNS``: numbers as float64, ``placement`` as a
        category. ``attrs`` holds ``source``, ``runner``, ``started_utc`` (ISO 8601, or empty),
        ``conditions``, ``notes`` and ``problems``.
    """
    import pandas as pd

    parts = [_frame_of(sensor) for sensor in samples.sensors.values()]
    kinds = pd.CategoricalDtype([placement.value for placement in Placement])
    frame = pd.concat(parts, ignore_index=True)
    frame["placement"] = frame["placement"].astype(kinds)
    started = samples.started_utc
    frame.attrs = {
        "source": str(samples.source),
        "runner": samples.runner,
        "started_utc": "" if started is None else started.isoformat(),
        "conditions": dict(samples.conditions),
        "notes": list(samples.notes),
        "problems": list(samples.problems),
    }
    return frame[list(SAMPLE_COLUMNS)]


def samples_from_frame(frame: pd.DataFrame) -> SessionSamples:
    """Check a data frame of neutral samples and take it apart by sensor.

    Args:
        frame: columns ``time_s, placement, acc_x … acc_z`` [m/s²], ``gyr_x … gyr_z`` [rad/s], in
            any order; ``sample_index``, ``rate_hz``, ``clipped_acc`` and ``clipped_gyr`` are used
            where they are there and agree with the times.

    Raises:
        ColumnError: a column is missing or not of numbers.
        InputError: and its kinds, as for a file of neutral samples.
    """
    missing = [name for name in (*NUMBER_COLUMNS, "placement") if name not in frame.columns]
    if missing:
        raise ColumnError(
            "the table has no column " + ", ".join(missing),
            path=WHERE,
            column=missing[0],
            remedy=f"Name the columns {', '.join(SAMPLE_COLUMNS[:8])}",
        )
    if not len(frame):
        raise InputError("the table has no rows", path=WHERE, remedy="Give samples")
    names = {placement.value for placement in Placement}
    unknown = sorted({str(name) for name in frame["placement"].unique()} - names)
    if unknown:
        raise PlacementError(
            f"{unknown[0]!r} is no placement",
            path=WHERE,
            column="placement",
            remedy=f"Use {', '.join(placement.value for placement in Placement)}",
        )
    raw = [
        _raw(frame[mask.to_numpy()], placement, np.flatnonzero(mask.to_numpy()))
        for placement in Placement
        if (mask := frame["placement"] == placement.value).any()
    ]
    imported = assemble(raw, format_name="data frame", source="data frame")
    attrs = frame.attrs
    started = str(attrs.get("started_utc") or "")
    return SessionSamples(
        sensors=imported.sensors,
        source=Path(str(attrs.get("source") or WHERE)),
        runner=str(attrs.get("runner") or ""),
        started_utc=datetime.fromisoformat(started) if started else imported.started_utc,
        conditions={str(k): str(v) for k, v in dict(attrs.get("conditions") or {}).items()},
        notes=(*map(str, attrs.get("notes") or ()), *imported.warnings),
        problems=tuple(map(str, attrs.get("problems") or ())),
    )


def _frame_of(sensor: SensorSamples) -> pd.DataFrame:
    import pandas as pd

    columns: dict[str, Any] = {"time_s": sensor.time_s, "placement": sensor.placement.value}
    for quantity, values in (("acc", sensor.acc), ("gyr", sensor.gyr)):
        for axis, name in enumerate("xyz"):
            columns[f"{quantity}_{name}"] = values[:, axis]
    columns["sample_index"] = sensor.index
    columns["rate_hz"] = sensor.rate_hz
    columns["clipped_acc"] = (sensor.flags & FLAG_CLIPPED_ACC) != 0
    columns["clipped_gyr"] = (sensor.flags & FLAG_CLIPPED_GYR) != 0
    return pd.DataFrame(columns)


def _raw(frame: pd.DataFrame, placement: Placement, rows: np.ndarray[Any, Any]) -> RawSensor:
    values = np.column_stack([_numbers(frame, name) for name in NUMBER_COLUMNS])
    more = [_numbers(frame, name) for name in COUNT_COLUMNS if name in frame]
    counted = Counted.of(
        values[:, 0], np.column_stack(more) if len(more) == 4 else np.empty((len(frame), 0))
    )
    locate: Callable[[int], Place] = lambda row: Place(None, f" (row {rows[row]})")  # noqa: E731
    return RawSensor(
        placement=placement,
        path=WHERE,
        time_s=values[:, 0].copy(),
        acc=values[:, 1:4].copy(),
        gyr=values[:, 4:7].copy(),
        columns=NUMBER_COLUMNS,
        locate=locate,
        index=counted.index,
        rate_hz=counted.rate_hz,
        flags=counted.flags,
        lacks=lacks_of_columns(values),
    )


def _numbers(frame: pd.DataFrame, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        return frame[name].to_numpy(np.float64)
    except (TypeError, ValueError) as error:
        raise ColumnError(
            f"the column holds {frame[name].dtype}, not numbers",
            path=WHERE,
            column=name,
            remedy="Convert it to float",
        ) from error
