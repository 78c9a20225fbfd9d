"""Motion of one rigid segment over a stretch of time."""

from __future__ import annotations

from dataclasses import dataclass

from firmware_sim.body.jet import Array, Jet
from firmware_sim.body.rotation import Chain, Trigonometry, Vector, cross

GRAVITY_M_S2 = 9.81


@dataclass(frozen=True, slots=True)
class SegmentMotion:
    """Exact motion of a segment at n instants.

    Attributes:
        chain: Rotation chain from segment to ground (x forward, y up, z right).
        point_acceleration: Ground-frame acceleration of the segment's reference point, m/s^2
            (pelvis: its centre; shank: the ankle centre).
        impact: Acceleration of the impact transients, ground frame, m/s^2; it shakes the whole segment.
        stride_phase: Phase of the stride, one unit per stride, 0 at right (pelvis) or own (shank) strike.
        moving: Weight of walking and running together, 0 standing to 1.
    """

    chain: Chain
    point_acceleration: Vector
    impact: Vector
    stride_phase: Jet
    moving: Jet

    def sensor_signals(self, lever_m: tuple[float, float, float]) -> tuple[Vector, Vector]:
        """Angular velocity and specific force at a point fixed in the segment.

        Args:
            lever_m: The point in segment axes from the reference point, m.

        Returns:
            Angular velocity [rad/s] and specific force [m/s^2] in segment axes, each three (n,) arrays.
        """
        turn = Trigonometry(self.chain)
        omega, alpha = turn.rates()
        ax, ay, az = self.point_acceleration
        ix, iy, iz = self.impact
        force = turn.to_body((ax + ix, ay + GRAVITY_M_S2 + iy, az + iz))
        zero = omega[0] * 0.0
        lever = (zero + lever_m[0], zero + lever_m[1], zero + lever_m[2])
        tangential = cross(alpha, lever)
        centripetal = cross(omega, cross(omega, lever))
        total = tuple(f + a + c for f, a, c in zip(force, tangential, centripetal, strict=True))
        return omega, (total[0], total[1], total[2])


def rotation_columns(chain: Chain, axis: int) -> Vector:
    """Ground-frame components of one segment axis (0 = x, 1 = y, 2 = z), each (n,)."""
    like: Array = chain[0][1].v
    unit = [like * 0.0, like * 0.0, like * 0.0]
    unit[axis] = unit[axis] + 1.0
    return Trigonometry(chain).to_ground((unit[0], unit[1], unit[2]))
