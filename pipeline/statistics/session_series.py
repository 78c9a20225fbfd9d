"""A runner's sessions over weeks: each with its interval, and its change against a baseline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from pipeline.statistics.change_words import change_sentence
from pipeline.statistics.detectable_change import DetectableChange, SessionValue, detectable_change
from pipeline.statistics.estimate import Estimate
from pipeline.statistics.stride_memory import t_factor


@dataclass(frozen=True, slots=True)
class SessionPoint:
    """One session in the series.

    Attributes:
        session_id: the session.
        started_utc: its start; None when not known.
        estimate: the leg's value (or difference of legs) in it.
        is_baseline: whether it belongs to the baseline.
    """

    session_id: str
    started_utc: datetime | None
    estimate: Estimate
    is_baseline: bool


@dataclass(frozen=True, slots=True)
class SessionChange:
    """A session against the baseline.

    Attributes:
        point: the session.
        change: its value less the mean of the baseline, unit of the metric.
        low: lower end of the 95 % interval of the change, between sessions.
        high: upper end.
        beyond_error: whether the change is larger than what sessions differ by unchanged; None
            for a baseline session, and where that is not known.
        sentence: the same in words; empty for a baseline session.
    """

    point: SessionPoint
    change: float
    low: float
    high: float
    beyond_error: bool | None
    sentence: str


@dataclass(frozen=True, slots=True)
class SessionSeries:
    """A forest of sessions.

    Attributes:
        baseline: mean of the baseline sessions; NaN without one.
        detectable: what change is beyond error; None when not known.
        band: range about the baseline that a new session is within error in; NaN when not known.
        sessions: in the order given.
    """

    baseline: float
    detectable: DetectableChange | None
    band: tuple[float, float]
    sessions: tuple[SessionChange, ...]


def session_series(key: str, points: Sequence[SessionPoint], *, name: str = "") -> SessionSeries:
    """Hold sessions against the mean of those that are the baseline.

    Args:
        key: metric.
        points: sessions of one runner, leg (or difference of legs) and gait; those with
            ``is_baseline`` make the baseline. Without one the first is taken.
        name: what the sentences call the value, such as ``Pelvic drop excursion, left``.
    """
    base = [p for p in points if p.is_baseline] or list(points[:1])
    values = [SessionValue(p.estimate.value, p.estimate.se) for p in base]
    detectable = detectable_change(key, values)
    mean = float(np.mean([v.value for v in values])) if values else math.nan
    reach = math.nan if detectable is None else detectable.against_baseline
    rows = []
    for point in points:
        change = point.estimate.value - mean
        if any(point is one for one in base):
            rows.append(SessionChange(point, change, math.nan, math.nan, None, ""))
            continue
        half = _half_width(detectable, point, len(base))
        beyond = None if detectable is None else abs(change) > half
        rows.append(
            SessionChange(
                point,
                change,
                change - half,
                change + half,
                beyond,
                change_sentence(
                    key, name, change, (change - half, change + half), against="the baseline"
                ),
            )
        )
    return SessionSeries(mean, detectable, (mean - reach, mean + reach), tuple(rows))


def _half_width(detectable: DetectableChange | None, point: SessionPoint, baseline: int) -> float:
    """Half of the interval of a change; a session with a larger error of its own has a wider one."""
    if detectable is None:
        return math.nan
    own = point.estimate.se if math.isfinite(point.estimate.se) else 0.0
    sd = max(detectable.session_sd, own)
    spread = math.hypot(sd, detectable.session_sd / math.sqrt(max(1, baseline)))
    return t_factor(detectable.df) * spread
