"""Motion of one rigid segment over a stretch of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from firmware_sim.body.course import Carried, Point
from firmware_sim.body.gravity import GRAVITY_M_S2 as GRAVITY_M_S2
from firmware_sim.body.jet import Jet
from firmware_sim.body.rotation import Chain, Trigonometry, Vector, cross


@dataclass(frozen=True, slots=True)
class SegmentMotion:
    """Exact motion of a segment at n instants.

    Attributes:
        chain: Rotation chain from segment to ground (x forward at the start, y up, z right).
        point: The segment's reference point in the frame that turns with the path, relative to the path
            point, m (pelvis: its centre; shank: the ankle centre).
        impact: Acceleration of the impact transients, ground frame, m/s^2; it shakes the whole segment.
        stride_phase: Phase of the stride, one unit per stride, 0 at right (pelvis) or own (shank) strike.
        moving: Weight of walking and running together, 0 standing to 1.
        carried: How the body is carried along the path.
    """

    chain: Chain
    point: Point
    impact: Vector
    stride_phase: Jet
    moving: Jet
    carried: Carried

    @property
    def heading(self) -> Jet | None:
        """Heading of the path, rad, + to the left, if it turns; then the chain begins with this turn."""
        return self.carried.heading

    @property
    def path_chain(self) -> Chain:
        """Rotation chain from segment to the frame that turns with the path."""
        return self.chain if self.heading is None else self.chain[1:]

    @property
    def point_acceleration(self) -> Vector:
        """Acceleration of the reference point without impacts, ground frame, m/s^2."""
        return self.carried.acceleration_of(self.point)

    def sensor_signals(
        self, lever_m: tuple[float, float, float], turn: Trigonometry | None = None
    ) -> tuple[Vector, Vector]:
        """Angular velocity and specific force at a point fixed in the segment.

        Args:
            lever_m: The point in segment axes from the reference point, m.
            turn: Sines and cosines of the chain, if they are known already.

        Returns:
            Angular velocity [rad/s] and specific force [m/s^2] in segment axes, each three (n,) arrays.
        """
        turn = turn or Trigonometry(self.chain)
        omega, alpha = turn.rates()
        ax, ay, az = self.point_acceleration
        ix, iy, iz = self.impact
        force = turn.to_body((ax + ix, ay + GRAVITY_M_S2 + iy, az + iz))
        lever = (np.float64(lever_m[0]), np.float64(lever_m[1]), np.float64(lever_m[2]))
        tangential = cross(alpha, lever)
        centripetal = cross(omega, cross(omega, lever))
        total = tuple(f + a + c for f, a, c in zip(force, tangential, centripetal, strict=True))
        return omega, (total[0], total[1], total[2])


def rotation_columns(chain: Chain, axis: int) -> Vector:
    """Ground-frame components of one segment axis (0 = x, 1 = y, 2 = z), each (n,)."""
    return Trigonometry(chain).column(axis)
