"""The smallest change between sessions that is more than error.

A runner's sessions differ without anything having changed: sensors are put on anew, and people
move a little differently from day to day. With three baseline sessions and more the runner's own
spread is used, joined with the usual one as if that came from ``REFERENCE_DF + 1`` more sessions: a
standard deviation from three sessions alone would be uncertain by half. With fewer, the usual one
stands alone, as it would be published for a group, and the result says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.statistics.stride_memory import t_factor

Basis = Literal["own baseline", "reference"]
LEAST_SESSIONS = 3
REFERENCE_DF = 6.0


@dataclass(frozen=True, slots=True)
class SessionSpread:
    """Usual standard deviation of one runner's session values.

    Attributes:
        sd: unit of the metric; donning and day-to-day movement together.
        source: where it is from, and what is assumed.
    """

    sd: float
    source: str


_VIDEO = (
    "smallest detectable difference of two-dimensional video, 2.7 degrees between sessions "
    "(Dingenen et al. 2018), taken as an upper bound"
)
_ASSUMED = (
    "assumed: sensors put on anew 0.5 and day-to-day movement 0.5 degrees; no "
    "published figure for this excursion"
)
_ASSUMED_TIBIA = (
    "assumed: sensors put on anew 1.0 and day-to-day movement 1.0 degrees; no "
    "published figure for the shank in running"
)
USUAL_SPREAD: Mapping[str, SessionSpread] = {
    "cpd_peak_deg": SessionSpread(0.97, _VIDEO),
    "cpd_mid_deg": SessionSpread(0.97, _VIDEO),
    "cpd_exc_deg": SessionSpread(0.7, _ASSUMED),
    "tir_exc_deg": SessionSpread(1.4, _ASSUMED_TIBIA),
}
"""By metric; a metric that is absent has no reference, and no change without own sessions."""


@dataclass(frozen=True, slots=True)
class SessionValue:
    """A runner's value in one session.

    Attributes:
        value: typical value of a leg, or a difference of legs; unit of the metric.
        se: its standard error; 0 when not known.
    """

    value: float
    se: float = 0.0


@dataclass(frozen=True, slots=True)
class DetectableChange:
    """What change between sessions is beyond error, with 95 % confidence.

    Attributes:
        key: the metric.
        session_sd: standard deviation of one session's value about the runner's own mean.
        df: degrees of freedom of it; infinite for a reference.
        between_two: smallest difference of two single sessions that is beyond error (MDC95).
        against_baseline: smallest difference of a new session from the mean of the baseline;
            as ``between_two`` when there is one baseline session or none.
        basis: ``own baseline`` or ``reference``.
        sessions: baseline sessions used.
        source: in words, for a caption.
    """

    key: str
    session_sd: float
    df: float
    between_two: float
    against_baseline: float
    basis: Basis
    sessions: int
    source: str


def detectable_change(key: str, baseline: Sequence[SessionValue] = ()) -> DetectableChange | None:
    """Smallest change of a runner that is beyond error.

    Args:
        key: metric.
        baseline: the runner's sessions before anything was changed, of one leg and gait.

    Returns:
        None when there is neither a reference for the metric nor ``LEAST_SESSIONS`` sessions.
    """
    known = [one for one in baseline if math.isfinite(one.value)]
    usual = USUAL_SPREAD.get(key)
    count = len(known)
    if count < LEAST_SESSIONS:
        if usual is None:
            return None
        return _of(key, usual.sd, math.inf, "reference", count, f"reference: {usual.source}")
    values = np.array([one.value for one in known])
    own = float(np.var(values, ddof=1))
    errors = float(np.median([one.se for one in known if math.isfinite(one.se)] or [0.0]))
    if usual is None:
        sd, df = math.sqrt(own), count - 1.0
        text = f"own baseline of {count} sessions"
    else:
        df = count - 1.0 + REFERENCE_DF
        sd = math.sqrt(((count - 1.0) * own + REFERENCE_DF * usual.sd**2) / df)
        text = f"own baseline of {count} sessions, joined with the usual spread"
    # the sessions' own error bars are the least that they can differ by
    return _of(key, max(sd, errors), df, "own baseline", count, text)


def _of(
    key: str, sd: float, df: float, basis: Basis, sessions: int, source: str
) -> DetectableChange:
    factor = t_factor(df) * sd
    return DetectableChange(
        key=key,
        session_sd=sd,
        df=df,
        between_two=factor * math.sqrt(2.0),
        against_baseline=factor * math.sqrt(1.0 + 1.0 / max(1, sessions)),
        basis=basis,
        sessions=sessions,
        source=source,
    )
