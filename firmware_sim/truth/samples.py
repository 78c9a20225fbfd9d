"""Truth per sample: angles of bone and sensor, and the sensor's exact orientation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from firmware_sim.body.jet import Array
from firmware_sim.body.model import Body
from firmware_sim.body.motion import SegmentMotion, rotation_columns
from firmware_sim.body.rotation import Chain
from firmware_sim.truth.angles import Links, pelvis_angles_deg, shank_angles_deg

if TYPE_CHECKING:
    import pandas as pd

SAMPLE_COLUMNS = (
    "time_s",
    "placement",
    "sagittal_deg",
    "frontal_deg",
    "axial_deg",
    "sagittal_sensor_deg",
    "frontal_sensor_deg",
    "axial_sensor_deg",
    "heading_deg",
    "q_w",
    "q_x",
    "q_y",
    "q_z",
)
BLOCK = 2000
"""Samples of one block."""

# earth: x forward at the start, y left, z up; ground of the body: x forward, y up, z right
_GROUND_TO_EARTH = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])


@dataclass(frozen=True, slots=True)
class WornSensor:
    """What sample truth needs of one sensor.

    Attributes:
        placement: ``pelvis``, ``shank_left`` or ``shank_right``.
        body: A body of its own, at its beginning.
        links: Turn of the sensor against its bone.
        rotation: ``R_sensor_to_segment`` of the first standing, (3, 3).
        first: Number of the first sample to list.
        sample_hz: Rate of the sensor's grid: sample k is taken at k / sample_hz.
    """

    placement: str
    body: Body
    links: Links
    rotation: NDArray[np.float64]
    first: int
    sample_hz: float

    def motion(self, t: Array) -> SegmentMotion:
        """Motion of the segment it is worn on."""
        if self.placement == "pelvis":
            return self.body.pelvis(t)
        return self.body.shank(t, int(self.placement == "shank_left"))


def _angles(placement: str, chain: Chain) -> tuple[Array, Array, Array]:
    if placement == "pelvis":
        return pelvis_angles_deg(chain)
    return shank_angles_deg(chain, -1.0 if placement == "shank_left" else 1.0)


def _block(sensor: WornSensor, t: Array) -> pd.DataFrame:
    motion = sensor.motion(t)
    extra = sensor.links(sensor.body, motion, t)
    bone = _angles(sensor.placement, motion.path_chain)
    worn = _angles(sensor.placement, [*motion.path_chain, *extra]) if extra else bone
    chain = [*motion.chain, *extra]
    segment = np.stack([np.stack(rotation_columns(chain, i), axis=-1) for i in range(3)], axis=-1)
    from scipy.spatial.transform import Rotation  # takes a while; only this truth needs it

    q = Rotation.from_matrix(_GROUND_TO_EARTH @ segment @ sensor.rotation).as_quat(
        canonical=True, scalar_first=True
    )
    heading = np.zeros_like(t) if motion.heading is None else np.degrees(motion.heading.v)
    values = (t, sensor.placement, *bone, *worn, heading, *q.T)
    import pandas as pd  # slow to import, and only tables need it

    return pd.DataFrame(dict(zip(SAMPLE_COLUMNS, values, strict=True)))


def sample_blocks(sensors: list[WornSensor], end_s: float) -> Iterator[pd.DataFrame]:
    """Blocks of sample truth, about in order of time, one sensor each.

    Args:
        sensors: The sensors; their bodies are moved forward.
        end_s: End of the session, s.

    Yields:
        Tables of up to 2000 rows with the columns ``SAMPLE_COLUMNS``.
    """
    at = [s.first for s in sensors]
    while True:
        left = [i for i, s in enumerate(sensors) if at[i] / s.sample_hz <= end_s]
        if not left:
            return
        i = min(left, key=lambda j: at[j] / sensors[j].sample_hz)
        s = sensors[i]
        t = np.arange(at[i], at[i] + BLOCK) / s.sample_hz
        t = t[t <= end_s]
        at[i] += BLOCK
        yield _block(s, t)
        s.body.steps.forget_before(float(t[-1]) - 5.0)
