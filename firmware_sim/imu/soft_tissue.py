"""Motion of the sensor against the bone: a stride-locked turn, a wobble after each impact, slips."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from firmware_sim.body.impact import Ringing
from firmware_sim.body.jet import Array, Jet
from firmware_sim.imu.faults import FaultSettings
from firmware_sim.imu.mounting import PLACEMENTS, Placement
from firmware_sim.imu.slip import Slip
from firmware_sim.rng import Purpose, stream

if TYPE_CHECKING:
    from firmware_sim.body.model import Body
    from firmware_sim.body.motion import SegmentMotion
    from firmware_sim.body.rotation import Chain


class SoftTissue:
    """Extra rotation of one sensor against its segment, as further links of the rotation chain.

    The stride-locked part is two harmonics of stride phase, scaled by how much the runner moves; the
    wobble is a mass on a spring, 8-18 Hz with a damping of 0.15-0.4, struck by each foot strike. Standing
    leaves no artefact, so standing references stay; a slip stays for good.

    Args:
        seed: Session seed.
        placement: Body segment.
        faults: Sizes.
    """

    def __init__(self, seed: int, placement: Placement, faults: FaultSettings) -> None:
        rng = stream(seed, Purpose.SOFT_TISSUE, PLACEMENTS.index(placement))
        pelvis, shank = faults.soft_tissue_deg
        sizes = (
            (pelvis, pelvis, pelvis) if placement == "pelvis" else (0.4 * shank, shank, 0.5 * shank)
        )
        self._harmonics = np.radians(
            np.asarray(sizes)[:, None] * rng.standard_normal((3, 4)) * [0.8, 0.8, 0.4, 0.4]
        )
        self._wobble = np.radians(faults.wobble_deg * rng.standard_normal(3))
        frequency, damping = float(rng.uniform(8.0, 18.0)), float(rng.uniform(0.15, 0.4))
        decay_s = 1.0 / (damping * 2.0 * np.pi * frequency)
        self._ringing = Ringing(frequency, decay_s, 0.02)
        self._reach_s = 7.0 * decay_s
        self._slip = Slip(placement, faults)
        self._leg = {"pelvis": None, "shank_right": 0, "shank_left": 1}[placement]
        self._tissue = faults.soft_tissue_deg != (0.0, 0.0) or faults.wobble_deg != 0.0
        self.active = self._tissue or self._slip.active

    def links(self, body: Body, motion: SegmentMotion, t: Array) -> Chain:
        """Rotation links to append to the chain of the segment; empty without soft tissue."""
        slip: Chain = [(self._slip.axis, self._slip.angle(t))] if self._slip.active else []
        if not self._tissue:
            return slip
        turn = motion.stride_phase * (2.0 * np.pi)
        twice = turn * 2.0
        basis = (turn.cos(), turn.sin(), twice.cos(), twice.sin())
        wobble = self._wobble_pulse(body, t)
        angles = []
        for axis in range(3):
            total = basis[0] * float(self._harmonics[axis, 0])
            for j in range(1, 4):
                total = total + basis[j] * float(self._harmonics[axis, j])
            angles.append(total * motion.moving + wobble * float(self._wobble[axis]))
        return [("z", angles[2]), ("x", angles[0]), ("y", angles[1]), *slip]

    def _wobble_pulse(self, body: Body, t: Array) -> Jet:
        v, d, dd = np.zeros_like(t), np.zeros_like(t), np.zeros_like(t)
        for number, gain, time_s, part in body.strikes.acting(t, self._reach_s):
            if self._leg is not None and number % 2 != self._leg:
                continue
            size = gain * body.strikes.level(time_s, 0.3, 1.0)
            pulse = self._ringing.displacement(t[part] - time_s)
            v[part] += size * pulse.v
            d[part] += size * pulse.d
            dd[part] += size * pulse.dd
        return Jet(v, d, dd)
