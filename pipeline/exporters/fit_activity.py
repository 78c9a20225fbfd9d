"""A session as a FIT activity: running dynamics, and the angles as developer fields.

One record a second. Native fields are those of running dynamics, so that every program that shows
a watch's does; pelvic drop and tibial rotation, for which the profile has no field, are developer
fields. They name no native field: programs would overwrite that one with them.

Source: FIT profile; order of messages: FIT cookbook, "Encoding activity files" and "Developer data".
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.errors import InputError
from pipeline.exporters.fit_file import FIT_EPOCH, Field, FitFile, Message, Value, base_type_number
from pipeline.exporters.fit_profile import (
    ACTIVITY,
    DEVELOPER_DATA_ID,
    EVENT,
    FIELD_DESCRIPTION,
    FILE_ID,
    LAP,
    RECORD_FIELDS,
    SESSION,
)
from pipeline.exporters.output_place import check_output_file, whole_file
from pipeline.orientation import FloatArray
from pipeline.side_channels import SideChannels, SideQuantity
from pipeline.stride import SIDES

APPLICATION_ID = uuid.UUID("7a1d6c2e-0f4b-5c83-9a65-2d8e41b7f093").bytes
"""Says whose the developer fields are; never changes."""
DEVELOPER_METRICS: Mapping[str, str] = {
    "pelvic_drop": "cpd_peak_deg",
    "pelvic_drop_excursion": "cpd_exc_deg",
    "tibial_rotation": "tir_exc_deg",
}
"""Beginning of a developer field's name to the metric in it; ``_left`` or ``_right`` follows."""
_DEVELOPMENT = 255  # manufacturer
_RUNNING, _WALKING = 1, 11  # sport
_TIMER, _LAP_EVENT, _SESSION_EVENT, _ACTIVITY_EVENT = 0, 9, 8, 26  # event
_START, _STOP, _STOP_ALL = 0, 1, 4  # event_type


@dataclass(frozen=True, slots=True)
class Activity:
    """What a FIT activity is made of.

    Attributes:
        table: stride table; invalid strides are left out of every value.
        started_utc: moment of session time zero.
        first_s: session time of the first sample.
        last_s: session time of the last sample.
        beside: heart rate and speed, where they were recorded beside the sensors.
    """

    table: pd.DataFrame
    started_utc: datetime
    first_s: float
    last_s: float
    beside: SideChannels = field(default_factory=dict)


def write_fit_activity(activity: Activity, path: Path, *, force: bool = False) -> Path:
    """Write the activity.

    Args:
        activity: what is in it.
        path: file to write.
        force: replace an existing file.

    Returns:
        ``path``.

    Raises:
        OutputError: the file cannot be written.
        InputError: the start lies before 1990 or after 2105, which the format cannot say.
    """
    check_output_file(path, force=force)
    content = fit_activity(activity, path)
    with whole_file(path) as file:
        file.write_bytes(content)
    return path


def fit_activity(activity: Activity, where: Path) -> bytes:
    """The bytes of the file; ``where`` is named in errors."""
    started = activity.started_utc.astimezone(UTC)
    if not 0 <= (started - FIT_EPOCH).total_seconds() < 3.6e9:
        raise InputError(
            f"a FIT file cannot begin at {started:%Y-%m-%d}",
            path=where,
            remedy="Give the true start with --start",
        )
    # whole seconds: FIT tells time no finer, and services find the same run by its start
    begin = math.floor(started.timestamp() + activity.first_s)
    end = max(begin + 1, math.ceil(started.timestamp() + activity.last_s))
    stamps = [datetime.fromtimestamp(second, UTC) for second in range(begin, end)]
    middle_s: FloatArray = np.arange(begin, end, dtype=np.float64) - started.timestamp() + 0.5
    table = activity.table[activity.table["valid"]]
    columns = _native(table, middle_s, activity.beside)
    developer = _developer(table, middle_s)
    out = FitFile()
    out.add(
        FILE_ID,
        {"type": 4, "manufacturer": _DEVELOPMENT, "product": 0, "serial_number": 1,
         "time_created": stamps[0], "product_name": "levelstride"},
    )  # fmt: skip
    out.add(
        DEVELOPER_DATA_ID,
        {"application_id": APPLICATION_ID, "developer_data_index": 0, "application_version": 1},
    )
    fields = {name: Field(number, "float32") for number, name in enumerate(developer)}
    for name, each in fields.items():
        out.add(
            FIELD_DESCRIPTION,
            {"developer_data_index": 0, "field_definition_number": each.number,
             "fit_base_type_id": base_type_number("float32"), "field_name": name, "units": "deg",
             "native_mesg_num": 20},
        )  # fmt: skip
    out.add(EVENT, {"timestamp": stamps[0], "event": _TIMER, "event_type": _START})
    record = Message(
        20, {n: f for n, f in RECORD_FIELDS.items() if n in columns or n == "timestamp"}, fields
    )
    for row, stamp in enumerate(stamps):
        values: dict[str, Value] = {"timestamp": stamp}
        values |= {name: float(column[row]) for name, column in (columns | developer).items()}
        out.add(record, values)
    _close(out, stamps[0], end - begin, table, columns)
    return out.to_bytes()


def _close(
    out: FitFile,
    start: datetime,
    seconds: int,
    table: pd.DataFrame,
    columns: Mapping[str, FloatArray],
) -> None:
    """The messages that sum up."""
    stop = start + timedelta(seconds=seconds)
    out.add(EVENT, {"timestamp": stop, "event": _TIMER, "event_type": _STOP_ALL})
    walked = len(table) > 0 and (table["gait"] == "walk").mean() > 0.5
    span: dict[str, Value] = {
        "timestamp": stop,
        "event_type": _STOP,
        "start_time": start,
        "total_elapsed_time": float(seconds),
        "total_timer_time": float(seconds),
        "message_index": 0,
        "sport": _WALKING if walked else _RUNNING,
    }
    if "distance" in columns:
        span["total_distance"] = float(np.nanmax(columns["distance"]))
    for name, column in columns.items():
        if f"avg_{name}" in LAP.fields and name not in ("cadence", "fractional_cadence"):
            span[f"avg_{name}"] = _mean(column)
    cadence = _mean(columns["cadence"] + columns["fractional_cadence"])
    if cadence is not None:
        span["avg_cadence"], span["avg_fractional_cadence"] = math.floor(cadence), cadence % 1.0
    out.add(LAP, {**span, "event": _LAP_EVENT})
    out.add(
        SESSION,
        {**span, "event": _SESSION_EVENT, "sub_sport": 0, "first_lap_index": 0, "num_laps": 1},
    )
    out.add(
        ACTIVITY,
        {"timestamp": stop, "total_timer_time": float(seconds), "num_sessions": 1, "type": 0,
         "event": _ACTIVITY_EVENT, "event_type": _STOP},
    )  # fmt: skip


def _mean(values: FloatArray) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else None


def _native(
    table: pd.DataFrame, middle_s: FloatArray, beside: SideChannels
) -> dict[str, FloatArray]:
    """Native record fields, in the units of the profile; those that nothing tells are absent."""
    per_side = {
        name: [_at(table, side, name, middle_s) for side in SIDES]
        for name in ("cadence_spm", "contact_time_s", "stride_time_s")
    }
    cadence = _both(per_side["cadence_spm"]) / 2.0  # FIT counts one leg
    contact_s = _both(per_side["contact_time_s"])
    left_s, right_s = per_side["contact_time_s"]
    columns = {
        "cadence": np.floor(cadence),
        "fractional_cadence": cadence % 1.0,
        "stance_time": 1000.0 * contact_s,
        "stance_time_percent": 100.0 * contact_s / _both(per_side["stride_time_s"]),
        "stance_time_balance": 100.0 * left_s / (left_s + right_s),
    }
    for name in ("vertical_oscillation_m", "vertical_oscillation_mm", "vertical_oscillation_cm"):
        if name in table:
            factor = {"m": 1000.0, "mm": 1.0, "cm": 10.0}[name.rpartition("_")[2]]
            both = [_at(table, side, name, middle_s) for side in SIDES]
            columns["vertical_oscillation"] = factor * _both(both)
    speed = _beside("speed_m_s", table, middle_s, beside)
    if speed is not None:
        columns["enhanced_speed"] = speed
        columns["distance"] = np.cumsum(np.nan_to_num(speed))
        step_m = speed * 60.0 / np.where(cadence > 0, 2.0 * cadence, np.nan)
        columns["step_length"] = 1000.0 * step_m
    heart = _beside("heart_rate_bpm", table, middle_s, beside)
    if heart is not None:
        columns["heart_rate"] = heart
    return columns


def _beside(
    name: SideQuantity, table: pd.DataFrame, middle_s: FloatArray, beside: SideChannels
) -> FloatArray | None:
    """A quantity recorded beside the sensors, or joined to the strides."""
    if name in beside:
        return beside[name].at(middle_s)
    if name in table and table[name].notna().any():
        return _both([_at(table, side, name, middle_s) for side in SIDES])
    return None


def _developer(table: pd.DataFrame, middle_s: FloatArray) -> dict[str, FloatArray]:
    """Developer fields by name; of metrics that no stride has, none."""
    columns = {}
    for name, key in DEVELOPER_METRICS.items():
        for side in SIDES:
            values = _at(table, side, key, middle_s)
            if np.isfinite(values).any():
                columns[f"{name}_{side}"] = values
    return columns


def _at(table: pd.DataFrame, side: str, key: str, moments_s: FloatArray) -> FloatArray:
    """Value of the stride that goes on at each moment; NaN between strides."""
    mine = table[table["side"] == side].sort_values("foot_strike_s")
    if not len(mine):
        return np.full(len(moments_s), np.nan)
    starts, ends = (mine[n].to_numpy(np.float64) for n in ("foot_strike_s", "next_foot_strike_s"))
    last = np.searchsorted(starts, moments_s, "right") - 1
    going_on = (last >= 0) & (moments_s < ends[np.maximum(last, 0)])
    values: FloatArray = np.where(
        going_on, mine[key].to_numpy(np.float64)[np.maximum(last, 0)], np.nan
    )
    return values


def _both(sides: list[FloatArray]) -> FloatArray:
    """Mean of left and right, or the one that is known."""
    left, right = sides
    mean: FloatArray = np.where(
        np.isnan(left), right, np.where(np.isnan(right), left, 0.5 * (left + right))
    )
    return mean
