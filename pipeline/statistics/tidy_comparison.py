"""Comparisons as data frames: sessions against a baseline, and conditions within a session."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.errors import InputError
from pipeline.metrics.registry import METRICS
from pipeline.session import Session
from pipeline.statistics.comparison import compare_conditions
from pipeline.statistics.condition_blocks import ConditionBlock, condition_blocks
from pipeline.statistics.estimate import estimate_leg
from pipeline.statistics.leg_series import leg_series, main_gait_of
from pipeline.statistics.session_series import SessionPoint, session_series
from pipeline.stride import SIDES, Side
from sensors.errors import LevelstrideError
from sensors.recording_segments import open_session

if TYPE_CHECKING:
    import pandas as pd

COLUMNS: tuple[str, ...] = (
    "metric",
    "side",
    "session",
    "first",
    "second",
    "change",
    "low",
    "high",
    "beyond_error",
    "sentence",
)


def compare_sessions(
    first: Sequence[Session], second: Sequence[Session], metrics: Sequence[str] | None = None
) -> pd.DataFrame:
    """Hold sessions against a baseline of one or more, leg by leg.

    Args:
        first: the baseline, sessions of one runner.
        second: the sessions that are held against it.
        metrics: columns of the stride table; None takes those with a known error.

    Returns:
        Rows with ``COLUMNS``; ``session`` is the id of the second one.

    Raises:
        InputError: a metric does not exist.
    """
    tables = [session.table for session in (*first, *second)]
    ids = [session.session_id for session in (*first, *second)]
    starts = [session.started_utc for session in (*first, *second)]
    gait = main_gait_of(tables[0])
    rows: list[tuple[object, ...]] = []
    for key in _known(metrics):
        for side in SIDES:
            points = []
            for number, table in enumerate(tables):
                estimate = estimate_leg(table, side, key, gait)
                if estimate is not None:
                    is_base = number < len(first)
                    points.append(SessionPoint(ids[number], starts[number], estimate, is_base))
            if not any(p.is_baseline for p in points):
                continue
            series = session_series(key, points, name=_name(key, side))
            rows += [
                (
                    key,
                    side,
                    each.point.session_id,
                    series.baseline,
                    each.point.estimate.value,
                    each.change,
                    each.low,
                    each.high,
                    each.beyond_error,
                    each.sentence,
                )
                for each in series.sessions
                if not each.point.is_baseline
            ]
    return _frame(rows)


def compare_blocks(
    session: Session,
    conditions: tuple[str, str],
    blocks: pd.DataFrame | None = None,
    metrics: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Hold the second of two conditions within a session against the first, leg by leg.

    Args:
        session: the session.
        conditions: their names.
        blocks: ``condition, start_s, end_s``; None takes the markers of the session's recording.
        metrics: columns of the stride table; None takes those with a known error.

    Returns:
        Rows with ``COLUMNS``; ``first`` and ``second`` are the means of the blocks' values.

    Raises:
        InputError: there are no such blocks; a metric does not exist.
    """
    a, b = conditions
    stretches = _marked(session) if blocks is None else _given(blocks)
    missing = [name for name in (a, b) if name not in {each.condition for each in stretches}]
    if missing or a == b:
        raise InputError(
            f"there is no stretch of the condition {(missing or [a])[0]!r}"
            if missing
            else "the two conditions are the same",
            path=session.source or "session",
            remedy="Mark the conditions in the recording, or give blocks with start and end",
        )
    table = session.table
    rows: list[tuple[object, ...]] = []
    for key in _known(metrics):
        for side in SIDES:
            found = compare_conditions(
                leg_series(table, side, key), stretches, a, b, name=_name(key, side)
            )
            if found is None:
                continue
            means = [
                _mean([v.value for v in found.blocks if v.block.condition == name])
                for name in (a, b)
            ]
            rows.append(
                (
                    key,
                    side,
                    session.session_id,
                    *means,
                    found.difference,
                    found.low,
                    found.high,
                    found.beyond_error,
                    found.sentence,
                )
            )
    return _frame(rows)


def _known(metrics: Sequence[str] | None) -> list[str]:
    if metrics is None:
        return [key for key, metric in METRICS.items() if metric.has_standard_error]
    unknown = [key for key in metrics if key not in METRICS]
    if unknown:
        raise InputError(
            f"there is no metric {unknown[0]!r}",
            path="compare",
            remedy=f"The metrics are {', '.join(METRICS)}",
        )
    return list(metrics)


def _name(key: str, side: Side) -> str:
    return f"{METRICS[key].name}, {side}"


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan


def _marked(session: Session) -> list[ConditionBlock]:
    if session.source is None or session.provenance.get("format") != "recording":
        return []
    try:
        with open_session([session.source]) as recording:
            end_s = max([session.duration_s, *(s.next_foot_strike_s for s in session.strides)])
            return condition_blocks(recording.markers(), end_s)
    except LevelstrideError:
        return []  # the file has gone; the caller hears that there are no stretches


def _given(blocks: pd.DataFrame) -> list[ConditionBlock]:
    missing = [name for name in ("condition", "start_s", "end_s") if name not in blocks]
    if missing:
        raise InputError(
            f"the blocks have no column {missing[0]}",
            path="blocks",
            remedy="Give condition, start_s and end_s",
        )
    rows = zip(blocks["condition"], blocks["start_s"], blocks["end_s"], strict=True)
    return [ConditionBlock(str(name), float(start), float(end)) for name, start, end in rows]


def _frame(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(rows, columns=list(COLUMNS))
