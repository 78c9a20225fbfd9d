"""Attitude of a worn sensor in earth axes, and the numbers devices make of it.

Earth axes: z up; x and y horizontal with a heading of the device's own. The simulator's ground frame has x
forward, y up and z to the right; forward is earth x at heading 0, left is earth y.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from firmware_sim.body.jet import Jet
from firmware_sim.body.motion import rotation_columns
from firmware_sim.body.rotation import fixed_rotation
from firmware_sim.rng import Purpose

if TYPE_CHECKING:
    from firmware_sim.body.jet import Array
    from firmware_sim.body.rotation import Chain
    from firmware_sim.devices.identity import DeviceIdentity

GROUND_TO_EARTH = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
MAGNETIC_FIELD_UT = np.array([18.0, 0.0, -45.0])
"""Earth field at heading 0, dip 68 deg, 48.5 uT: central Europe."""


@dataclass(frozen=True, slots=True)
class FusionErrors:
    """What the device's own sensor fusion gets wrong.

    Attributes:
        heading_rad: Heading at session time 0: without magnetometer every device has its own.
        heading_rate_rad_s: Drift of heading.
        tilt_rad: Constant rotation error about earth x and y.
    """

    heading_rad: float
    heading_rate_rad_s: float
    tilt_rad: tuple[float, float]


def draw_fusion_errors(identity: DeviceIdentity, seed: int) -> FusionErrors:
    """Draw heading (any), its drift (SD 0.3 deg/min) and tilt errors (SD 0.3 deg)."""
    rng = identity.random(seed, Purpose.SENSOR_ERRORS, 1)
    tilt = np.radians(0.3 * rng.standard_normal(2))
    return FusionErrors(
        heading_rad=float(rng.uniform(-np.pi, np.pi)),
        heading_rate_rad_s=float(np.radians(0.3 * rng.standard_normal()) / 60.0),
        tilt_rad=(float(tilt[0]), float(tilt[1])),
    )


def sensor_to_earth(
    chain: Chain, every: int, mounting: Array, errors: FusionErrors, t: Array
) -> Array:
    """Rotation matrices, v_earth = R @ v_sensor, as the device believes them.

    Args:
        chain: Rotation chain of the sensor's place, sampled densely.
        every: Take every so many-th instant of the chain.
        mounting: Sensor to segment, (3, 3).
        errors: Errors of the fusion.
        t: Session times of the instants taken, s, (n,).

    Returns:
        Matrices, (n, 3, 3).
    """
    thin: Chain = [
        (axis, Jet(angle.v[::every], angle.d[::every], angle.dd[::every])) for axis, angle in chain
    ]
    columns = [np.stack(rotation_columns(thin, axis), axis=1) for axis in range(3)]
    segment_to_ground = np.stack(columns, axis=2)
    about_x, about_y = np.degrees(errors.tilt_rad)
    level = fixed_rotation(float(about_x), float(about_y), 0.0)
    heading = errors.heading_rad + errors.heading_rate_rad_s * t
    turn = np.zeros((len(t), 3, 3))
    turn[:, 0, 0] = turn[:, 1, 1] = np.cos(heading)
    turn[:, 1, 0] = np.sin(heading)
    turn[:, 0, 1] = -turn[:, 1, 0]
    turn[:, 2, 2] = 1.0
    return np.asarray(turn @ (level @ GROUND_TO_EARTH) @ segment_to_ground @ mounting)


def turned(attitude: Array, heading_rad: float) -> Array:
    """Attitudes after a further turn of the earth axes about the vertical (heading reset)."""
    c, s = np.cos(heading_rad), np.sin(heading_rad)
    return np.asarray(np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]) @ attitude)


def quaternions(r: Array) -> Array:
    """Unit quaternions w x y z of rotation matrices, w >= 0, (n, 4)."""
    trace = r[:, 0, 0] + r[:, 1, 1] + r[:, 2, 2]
    squares = np.stack(
        [1.0 + trace] + [1.0 + 2.0 * r[:, i, i] - trace for i in range(3)], axis=1
    )  # four times the squared components
    skew = [r[:, 2, 1] - r[:, 1, 2], r[:, 0, 2] - r[:, 2, 0], r[:, 1, 0] - r[:, 0, 1]]
    pair = {
        (0, 1): r[:, 0, 1] + r[:, 1, 0],
        (0, 2): r[:, 0, 2] + r[:, 2, 0],
        (1, 2): r[:, 1, 2] + r[:, 2, 1],
    }
    rows = np.empty((4, len(r), 4))
    rows[0] = np.stack([squares[:, 0], *skew], axis=1)
    for i in range(3):
        others = [pair[(min(i, j), max(i, j))] if j != i else squares[:, 1 + i] for j in range(3)]
        rows[1 + i] = np.stack([skew[i], *others], axis=1)
    best = np.argmax(squares, axis=1)
    q = rows[best, np.arange(len(r))]
    q /= np.linalg.norm(q, axis=1, keepdims=True)
    return np.asarray(np.where(q[:, :1] < 0.0, -q, q))


def euler_deg(r: Array) -> Array:
    """Roll, pitch, yaw in degrees (turn about z, then y, then x), (n, 3)."""
    roll = np.arctan2(r[:, 2, 1], r[:, 2, 2])
    pitch = -np.arcsin(np.clip(r[:, 2, 0], -1.0, 1.0))
    yaw = np.arctan2(r[:, 1, 0], r[:, 0, 0])
    return np.asarray(np.degrees(np.stack([roll, pitch, yaw], axis=1)))


def free_acceleration(r: Array, acc_m_s2: Array, gravity_m_s2: float) -> Array:
    """Acceleration in earth axes without gravity, (n, 3)."""
    free = np.einsum("nij,nj->ni", r, acc_m_s2)
    free[:, 2] -= gravity_m_s2
    return np.asarray(free)


def magnetic_field_ut(r: Array, heading_rad: float) -> Array:
    """Earth field in sensor axes, uT, (n, 3); no disturbances."""
    c, s = np.cos(heading_rad), np.sin(heading_rad)
    field = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]]) @ MAGNETIC_FIELD_UT
    return np.asarray(np.einsum("nji,j->ni", r, field))
