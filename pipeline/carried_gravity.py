"""How far gravity as the accelerometer sees it in running leans sideways, against that of standing.

In running the shank's accelerometer reads impacts and centripetal forces of many g. What it makes of
them is not quite what they are (the axes are not quite square, impacts come late, short or cut off), so
the mean over strides, which is taken for gravity, leans. The gyroscope can carry the gravity of
standing into the first strides of the run, where it leans with the gyroscope's errors instead, and
the more so the longer ago the standing was. Both are weighed by what may be wrong with each. What the
accelerometer's part of the difference is stays as long as gait and sensor stay the same; an error that both share
(a bias of the accelerometer) is not seen.
"""

from __future__ import annotations

import math

import numpy as np
from vqf import BasicVQF

from pipeline.orientation import FloatArray, cross, perpendicular, to_earth
from pipeline.stillness import WINDOW_S, Standing
from pipeline.track import MARK_CLIPPED_GYR, SensorTrack
from pipeline.uncertainty import BEND_DEG_PER_DEG_S

STANDING_S = 4.0
"""So much of the end of the standing is read."""
LONGEST_S = 15.0
"""A run that begins later after the standing is not looked at."""
SETTING_OFF_S = 3.0
"""Strides that begin sooner after the first are not looked at: speed and impacts are still growing."""
MOST_STRIDES = 24
LATEST_S = 26.0
"""After the standing no stride is looked at that ends later, which bounds what a live session must keep."""
LEAN_SD_DEG = 0.6
"""Lean that the accelerometer makes of running."""
DRIFT_SD_DEG_S = 0.1
"""Turn of carried gravity by cross-axis and scale errors of the gyroscope, per second of movement."""
SETTING_OFF_SD_DEG = 0.25
"""The same of standing and setting off, however short."""
STRIDE_SD_DEG = 0.5
"""Lean of one stride's mean force: the runner gains and loses speed sideways."""
LARGEST_DEG = 1.5
"""A larger lean of the accelerometer is not believed: something else has happened."""


class CarriedGravity:
    """Gravity of one standing, carried by the gyroscope of one shank into the run after it.

    Strides are added in order as they become known, so that a live session and one that is looked at
    as a whole have the same lean after the same stride.

    Args:
        track: the shank.
        standing: the standing in use.

    Attributes:
        standing: the same.
        lean_rad: lean of gravity as the accelerometer sees it in running, to the subject's right, as
            far as the strides so far let it be believed.
    """

    def __init__(self, track: SensorTrack, standing: Standing) -> None:
        self.standing = standing
        self._track = track
        self._end_s = standing.windows.stop * WINDOW_S
        self._start_s = max(standing.windows.start * WINDOW_S, self._end_s - STANDING_S)
        self.lean_rad = 0.0
        self._over = False
        self._filter: BasicVQF | None = None
        self._bias = np.zeros(3)
        self._up = np.array([0.0, 0.0, 1.0])
        self._size = 1.0
        self._next = 0
        self._first_s = 0.0
        self._rows: list[tuple[float, float, float]] = []
        """Of each stride: seconds since the first of the run, sideways lean in degrees, turn in rad."""
        self._first_right = np.zeros(3)
        self._low = 0

    def add(self, right: FloatArray, start_s: float, end_s: float) -> None:
        """Look at a running stride ``[start_s, end_s)`` that follows those before.

        Args:
            right: the flexion axis in sensor axes, unit vector (3,).
            start_s: foot strike, session time.
            end_s: next foot strike.
        """
        if self._over or start_s < self._end_s:
            return
        if self._filter is None:
            self._first_s = start_s
            if start_s - self._end_s > LONGEST_S or not self._begin():
                self._over = True
                return
        first, last = self._track.position_at(start_s), self._track.position_at(end_s)
        if (
            len(self._rows) >= MOST_STRIDES
            or end_s - self._end_s > LATEST_S
            or first < self._next
            or self._next < self._track.rate.start
            or last <= first
            or any(self._low < edge <= last for edge in self._track.breaks)
            or bool(np.any(self._track.marks.get(self._next, last) & MARK_CLIPPED_GYR))
        ):
            self._over = True
            return
        quat, force = self._carry(last)
        skipped = first - (last - len(quat))
        if start_s - self._first_s < SETTING_OFF_S:
            return
        mean = np.mean(force[skipped:], axis=0)
        axis = np.mean(to_earth(quat[skipped:], np.broadcast_to(right, (last - first, 3))), axis=0)
        axis = perpendicular(axis, self._up)
        if not self._rows:
            self._first_right = axis
        turned = math.atan2(
            float(np.sum(cross(self._first_right, axis) * self._up)),
            float(np.sum(self._first_right * axis)),
        )
        lean = math.degrees(float(np.sum(mean * axis)) / self._size)
        self._rows.append((start_s - self._first_s, lean, turned))
        self.lean_rad = math.radians(self._believed_deg())

    @property
    def over(self) -> bool:
        """Whether no further stride will be looked at."""
        return self._over

    def _begin(self) -> bool:
        """Read the standing; whether it could be read."""
        track = self._track
        low, high = track.position_at(self._start_s), track.position_at(self._end_s)
        if low < track.rate.start or high - low < 2:
            return False
        self._low = self._next = low
        self._filter = BasicVQF(1.0 / track.rate_hz)
        self._bias = np.mean(track.rate.get(low, high), axis=0)
        _, force = self._carry(high)
        gravity = np.mean(force, axis=0)
        self._size = math.sqrt(float(np.sum(gravity * gravity)))
        self._up = gravity / self._size
        return True

    def _carry(self, last: int) -> tuple[FloatArray, FloatArray]:
        """Go on to a position: orientation by the gyroscope alone since, and force in that frame."""
        track, a = self._track, self._next
        rate = np.ascontiguousarray(track.rate.get(a, last) - self._bias)
        if self._filter is None:
            raise RuntimeError("gravity is carried before the standing was read")
        quat: FloatArray = self._filter.updateBatch(rate, np.zeros_like(rate))["quat6D"]
        self._next = last
        return quat, to_earth(quat, track.acc.get(a, last))

    def _believed_deg(self) -> float:
        """What of the lean is put down to the accelerometer."""
        since, lean, turned = (np.array(column) for column in zip(*self._rows, strict=True))
        turned = np.unwrap(turned)
        bend = 0.0
        if len(since) > 1:
            bend = float(turned[-1] - turned[0]) / float(since[-1] - since[0])
        gap_deg2 = sum(
            gap.tilt_se_deg**2 for gap in self._track.gaps if self._low < gap.first < self._next
        )
        carried = (
            SETTING_OFF_SD_DEG**2
            + (DRIFT_SD_DEG_S * (self._first_s - self._end_s)) ** 2
            + (BEND_DEG_PER_DEG_S["run"] * math.degrees(bend)) ** 2
            + gap_deg2
        )
        # lean = constant + drift * since + noise, with what is known of all three beforehand
        noise = STRIDE_SD_DEG**2
        known = LEAN_SD_DEG**2 + carried
        a = len(since) / noise + 1.0 / known
        b = float(np.sum(since)) / noise
        c = float(np.sum(since * since)) / noise + 1.0 / DRIFT_SD_DEG_S**2
        p = float(np.sum(lean)) / noise
        q = float(np.sum(since * lean)) / noise
        constant = (c * p - b * q) / (a * c - b * b)
        found = constant * LEAN_SD_DEG**2 / known
        return min(max(found, -LARGEST_DEG), LARGEST_DEG)
