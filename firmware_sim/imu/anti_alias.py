"""The low-pass of a sensor before it samples: the signal on a dense grid, filtered, thinned."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Signal = Callable[[Array], tuple[Array, Array]]

DENSE_HZ = 1000.0
_REACH = 2.5
"""Length of the impulse response that is kept, in periods of the corner frequency (-80 dB)."""


class AntiAlias:
    """Second-order Butterworth low-pass, causal, as a finite impulse response on a dense grid.

    It delays the signal as the part does, by about 0.23 periods of the corner frequency.

    Args:
        bandwidth_hz: Corner frequency, 0 for points of the signal itself.
        sample_hz: Sampling rate, 1/s.
    """

    def __init__(self, bandwidth_hz: float, sample_hz: float) -> None:
        self._every = max(1, int(np.ceil(DENSE_HZ / sample_hz)))
        self._response: Array | None = None
        if bandwidth_hz > 0.0:
            from scipy.signal import butter, sosfilt  # takes a second, and most sessions do without

            self._step_s = 1.0 / (sample_hz * self._every)
            corner = min(bandwidth_hz * self._step_s * 2.0, 0.95)
            n = max(8, int(np.ceil(_REACH / (bandwidth_hz * self._step_s))))
            impulse = np.zeros(n)
            impulse[0] = 1.0
            response = sosfilt(butter(2, corner, output="sos"), impulse)
            self._response = np.asarray(response / response.sum(), dtype=np.float64)

    def __call__(self, signal: Signal, t: Array) -> tuple[Array, Array]:
        """Filtered signal at evenly spaced times t."""
        if self._response is None:
            return signal(t)
        from scipy.signal import oaconvolve

        lead, every = len(self._response) - 1, self._every
        dense = t[0] + np.arange(-lead, (len(t) - 1) * every + 1) * self._step_s
        first, second = signal(dense)
        return tuple(  # type: ignore[return-value]
            oaconvolve(x, self._response[:, None], mode="valid", axes=0)[::every]
            for x in (first, second)
        )
