"""Where and how a sensor is strapped on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from firmware_sim.body.jet import Array
from firmware_sim.body.rotation import fixed_rotation
from firmware_sim.rng import Purpose, stream

Placement: TypeAlias = Literal["pelvis", "shank_left", "shank_right"]
PLACEMENTS: tuple[Placement, ...] = ("pelvis", "shank_left", "shank_right")


@dataclass(frozen=True, slots=True)
class Mounting:
    """Pose of a sensor in its segment.

    Attributes:
        rotation: ``R_sensor_to_segment``, (3, 3): v_segment = rotation @ v_sensor.
        lever_m: Sensor position in segment axes, m, from the pelvis centre or the ankle centre.
    """

    rotation: Array
    lever_m: tuple[float, float, float]


def draw_mounting(
    seed: int,
    placement: Placement,
    shank_length_m: float,
    tilt_deg: float = 10.0,
    turn_deg: float = 30.0,
) -> Mounting:
    """Draw a mounting.

    Pelvis: yaw, roll and pitch within +-``tilt_deg``, 15-19 cm behind the pelvis centre. Shank: any turn
    within +-``turn_deg`` about the long axis, tilts within +-``tilt_deg``, 3-10 cm below the tibial
    tuberosity, in front of and medial to the long axis.

    Args:
        seed: Session seed.
        placement: Body segment.
        shank_length_m: Ankle to knee centre, m.
        tilt_deg: Largest tilt, deg.
        turn_deg: Largest turn about the long axis of a shank, deg.

    Returns:
        The mounting.
    """
    rng = stream(seed, Purpose.MOUNTING, PLACEMENTS.index(placement))
    draws = [float(a) for a in rng.uniform(-1.0, 1.0, 3)]
    tilt_x, turn_y, tilt_z = (tilt_deg * a for a in draws)
    a, b, c = (float(x) for x in rng.uniform(-1.0, 1.0, 3))
    if placement == "pelvis":
        lever = (-0.17 + 0.02 * a, 0.02 * b, 0.015 * c)
    else:
        medial = -1.0 if placement == "shank_right" else 1.0
        turn_y = turn_deg * draws[1]
        # tuberosity about 12 % of shank length below the knee centre
        lever = (
            0.045 + 0.005 * a,
            0.88 * shank_length_m - 0.065 + 0.035 * b,
            medial * (0.015 + 0.005 * c),
        )
    return Mounting(np.round(fixed_rotation(tilt_x, turn_y, tilt_z), 12), lever)
