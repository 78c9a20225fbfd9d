"""The naive way to both angles: integrate one axis of the gyroscope from foot strike on.

It is given what it could not know on its own: foot strike and toe-off of the reference, and the
segment's axes in the sensor as markers show them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from pipeline.orientation import FloatArray
from pipeline.stride import Side
from sensors.placement import Placement
from sensors.sample_block import SampleBlock

DROP_WINDOW = (0.05, 0.75)
"""Part of stance in which the peak of the drop is looked for."""
TIBIA_WINDOW = (0.0, 0.75)


def naive_excursions(
    blocks: Sequence[SampleBlock],
    axes: Mapping[str, Mapping[str, float]],
    side: Side,
    events: Mapping[str, float],
) -> dict[str, float]:
    """Excursion of drop and tibial rotation of one stance, degrees.

    Args:
        blocks: one per sensor.
        axes: per sensor (``sacrum``, ``shank_l``, ``shank_r``) its segment's axes in
            sensor axes.
        side: stance leg.
        events: ``t_fs`` and ``t_to`` of the reference.
    """
    worn = {block.placement: block for block in blocks}
    shank = Placement.SHANK_LEFT if side == "left" else Placement.SHANK_RIGHT
    sign = 1.0 if side == "right" else -1.0
    forward = _axis(axes["sacrum"], "seg_x_ant_in_sensor")
    long = _axis(axes[f"shank_{side[0]}"], "seg_y_up_in_sensor")
    # right side up is a turn about minus the forward axis; internal is a turn about up on the right
    roll = -sign * (worn[Placement.PELVIS].gyr @ forward)
    turn = sign * (worn[shank].gyr @ long)
    return {
        "cpd_exc": _rise(worn[Placement.PELVIS].time_s, roll, events, DROP_WINDOW),
        "tir_exc": _rise(worn[shank].time_s, turn, events, TIBIA_WINDOW),
    }


def _axis(row: Mapping[str, float], name: str) -> FloatArray:
    return np.array([row[f"{name}_{a}"] for a in "xyz"], np.float64)


def _rise(
    time_s: FloatArray, rate: FloatArray, events: Mapping[str, float], window: tuple[float, float]
) -> float:
    """Largest angle inside a part of stance above that at foot strike, degrees."""
    steps = np.diff(time_s) * 0.5 * (rate[1:] + rate[:-1])
    angle = np.degrees(np.concatenate([[0.0], np.cumsum(steps)]))
    strike, stance = events["t_fs"], events["t_to"] - events["t_fs"]
    times = strike + stance * np.linspace(*window, 71)
    at_strike = float(np.interp(strike, time_s, angle))
    return float(np.max(np.interp(times, time_s, angle)) - at_strike)
