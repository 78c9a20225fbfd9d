"""The flexion axis of a shank sensor, from its own swings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.orientation import FloatArray

FAST_RAD_S = 2.0
"""Slower rotation says little about the axis (standing, squats)."""
ENOUGH_S = 1.5
"""Fast rotation that is needed before the axis counts as known: three to four strides."""
STEP_S = 0.25


@dataclass(frozen=True, slots=True)
class FlexionAxis:
    """Axis about which the shank swings, in sensor axes.

    Attributes:
        axis: unit vector (3,) to the subject's right; the rate about it is positive while the
            foot swings forward.
        share: part of the fast angular energy that lies about the axis, 0 to 1.
    """

    axis: FloatArray
    share: float


class FlexionAxisEstimator:
    """Principal axis of the angular rate, with the sign that makes the swing positive.

    The swing is the fastest rotation of the gait cycle, so the third moment of the rate about
    the axis has its sign. Idea: principal components of walking, Kong et al. 2016.

    Args:
        rate_hz: sampling rate.
        enough_s: fast rotation needed for an answer; None: answer whatever there is.
    """

    def __init__(self, rate_hz: float, enough_s: float | None = ENOUGH_S) -> None:
        self._enough = None if enough_s is None else enough_s * rate_hz
        self._parts: list[FloatArray] = []
        self._count = 0
        self._step = max(1, round(STEP_S * rate_hz))
        self.position = 0

    def advance(self, rate: npt.NDArray[np.float64], first: int) -> FlexionAxis | None:
        """Take the rates (n, 3) that begin at position ``first`` and answer when they suffice.

        Whole steps are taken, so the answer does not depend on how the samples were cut.
        """
        while first + len(rate) - self.position >= self._step:
            part = rate[self.position - first : self.position - first + self._step]
            self.position += self._step
            fast = part[np.sum(part * part, axis=1) > FAST_RAD_S**2]
            if len(fast):
                self._parts.append(fast.copy())
                self._count += len(fast)
            if self._enough is not None and self._count >= self._enough:
                return self.axis()
        return None

    def axis(self) -> FlexionAxis | None:
        """The axis from what was seen so far; None when nothing rotated fast."""
        if self._count < 20:
            return None
        return flexion_axis(np.concatenate(self._parts))


def flexion_axis(rate: FloatArray) -> FlexionAxis:
    """Principal axis of fast rates (n, 3), signed by the swing."""
    products = rate[:, :, None] * rate[:, None, :]
    values, vectors = np.linalg.eigh(np.sum(products, axis=0))
    axis = vectors[:, 2]
    along = rate[:, 0] * axis[0] + rate[:, 1] * axis[1] + rate[:, 2] * axis[2]
    if np.sum(along**3) < 0.0:
        axis = -axis
    return FlexionAxis(axis, float(values[2] / np.sum(values)))
