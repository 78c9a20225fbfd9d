"""Whole curves of a stance against the marker cluster that a sensor is mounted on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.spatial.transform import Rotation

from pipeline.orientation import FloatArray
from pipeline.stride import CURVE_POINTS, Stride

OBLIQUITY = "pelvis_obliquity_cluster_deg"


def waveform_errors(
    stride: Stride, reference: pd.DataFrame, axes: Mapping[str, Mapping[str, float]]
) -> dict[str, FloatArray]:
    """Measured less reference at the moments of the measured stance, degrees, shape (101,).

    Args:
        stride: a measured stride.
        reference: rows of its trial with ``t_s``, the obliquity of the cluster on the pelvis (+ right
            side up) and the orientation of both shank sensors' cases (``_sensor_q``, to the lab, z up).
        axes: directions of the segments in sensor axes by sensor, from the markers.

    Returns:
        ``obliquity``, its mean taken off, as nobody stands in these recordings; ``tibia``, the angle of
        :mod:`pipeline.tibial_rotation` of the cluster, both relative to foot strike. None where the
        reference does not cover the stride or the curve is not known throughout.
    """
    time_s = reference["t_s"].to_numpy(np.float64)
    share = np.linspace(0.0, 1.0, CURVE_POINTS)
    at = stride.foot_strike_s + share * (stride.toe_off_s - stride.foot_strike_s)
    if not len(time_s) or at[0] < time_s[0] or stride.next_foot_strike_s > time_s[-1]:
        return {}
    sign = 1.0 if stride.side == "right" else -1.0
    true = sign * np.interp(at, time_s, reference[OBLIQUITY].to_numpy(np.float64))
    drop = stride.drop_curve_deg - true
    sensor = f"shank_{stride.side[0]}"
    turned = cluster_turn_deg(stride, reference, sensor, axes[sensor])
    turn = np.interp(at, time_s, turned)
    errors = {
        "obliquity": drop - drop.mean(),
        "tibia": stride.tibial_rotation_curve_deg - (turn - turn[0]),
    }
    return {name: each for name, each in errors.items() if np.isfinite(each).all()}


def cluster_turn_deg(
    stride: Stride, reference: pd.DataFrame, sensor: str, axes: Mapping[str, float]
) -> FloatArray:
    """Axial angle of a shank's cluster over a trial, degrees, + internal.

    The last Cardan angle (sagittal, frontal, axial) in a ground frame whose right is the mean direction
    of the shank's right over the stride.

    Args:
        stride: gives the side and the time that right is taken over.
        reference: rows of the trial.
        sensor: ``shank_l`` or ``shank_r``.
        axes: its row of ``alignment.csv``.
    """
    turns = Rotation.from_quat(reference[[f"{sensor}_sensor_q{c}" for c in "xyzw"]].to_numpy())
    forward, right = (
        turns.apply([axes[f"seg_{name}_in_sensor_{c}"] for c in "xyz"])[:, :2]
        for name in ("x_ant", "z_right")
    )
    inside = reference["t_s"].between(stride.foot_strike_s, stride.next_foot_strike_s).to_numpy()
    mean = right[inside].mean(axis=0)
    sign = 1.0 if stride.side == "right" else -1.0
    angle: FloatArray = sign * np.degrees(np.unwrap(np.arctan2(-forward @ mean, right @ mean)))
    return angle
