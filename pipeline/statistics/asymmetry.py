"""Left minus right, in the unit of the metric, with an interval.

No index in percent of the sides' mean for angles: it grows without bound where the mean is near
zero, and moves with any offset. Percent is given for quantities that are positive by nature.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from pipeline.statistics.estimate import Estimate, estimate_series, joint_df
from pipeline.statistics.leg_series import leg_series, main_gait_of
from pipeline.stride import Gait

POSITIVE = frozenset(
    {"stride_time_s", "contact_time_s", "flight_time_s", "step_time_s", "tibial_shock_g"}
)
"""Metrics that cannot be zero or negative: percent has a meaning."""
OFFSET_CAUTION = (
    "a roll of the sensor against the pelvis, or an uneven standing, adds to one leg and takes "
    "from the other, so twice of it stands in this difference; the excursion is free of it"
)
WITH_OFFSET = frozenset({"cpd_peak_deg", "cpd_peak_abs_deg", "cpd_mid_deg"})


@dataclass(frozen=True, slots=True)
class Asymmetry:
    """Left minus right of a metric.

    Attributes:
        key: the metric.
        difference: left minus right with its interval, unit of the metric.
        left: the left leg.
        right: the right leg.
        percent: difference in percent of the mean of both sides; None where it has no meaning.
        caution: what else may be in the difference; empty when nothing is known.
    """

    key: str
    difference: Estimate
    left: Estimate
    right: Estimate
    percent: float | None
    caution: str


def asymmetry(table: pd.DataFrame, key: str, gait: Gait | None = None) -> Asymmetry | None:
    """Compare the legs of a session.

    Args:
        table: stride table of the session.
        key: metric column.
        gait: gait; None takes the one of most valid strides.

    Returns:
        None when a leg has no stride that knows the metric.
    """
    gait = gait or main_gait_of(table)
    left, right = (
        estimate_series(leg_series(table, side, key, gait)) for side in ("left", "right")
    )
    return None if left is None or right is None else difference(key, left, right)


def difference(key: str, left: Estimate, right: Estimate) -> Asymmetry:
    """Compare the legs, of which the values are known.

    Args:
        key: the metric.
        left: the left leg.
        right: the right leg.
    """
    # the legs' measurement errors are hardly related (docs/statistics.md)
    measured = math.hypot(left.measurement_se, right.measurement_se)
    sampled = math.hypot(left.sampling_se, right.sampling_se)
    df = joint_df(
        [
            (measured**2, math.inf),
            (left.sampling_se**2, left.df),
            (right.sampling_se**2, right.df),
        ]
    )
    value = left.value - right.value
    mean = (left.value + right.value) / 2.0
    return Asymmetry(
        key=key,
        difference=Estimate(
            value,
            sampled,
            measured,
            df,
            min(left.n, right.n),
            min(left.effective, right.effective),
        ),
        left=left,
        right=right,
        percent=100.0 * value / mean if key in POSITIVE and mean > 0.0 else None,
        caution=OFFSET_CAUTION if key in WITH_OFFSET else "",
    )
