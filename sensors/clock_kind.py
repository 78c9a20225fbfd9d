"""What is known of a clock before it is seen: how far off it can run, and how steadily it runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClockKind:
    """A kind of clock.

    Attributes:
        max_skew: largest believable difference of its rate from the host's, as a fraction.
        flat_skew: largest usual one; the error taken into account while the skew is unknown.
        slope_after_s: span of data from which the skew is fitted.
        window_s: span of one straight piece; temperature bends the line over longer ones.
        live_window_s: span of the live minimum while the skew is unknown.
        bin_s: span of which only the quickest packet is kept.
        ready_s: span of data before live time is given out.
        refit_s: longest time from one live fit of the skew to the next.
    """

    max_skew: float
    flat_skew: float
    slope_after_s: float
    window_s: float
    live_window_s: float
    bin_s: float
    ready_s: float
    refit_s: float


CRYSTAL = ClockKind(
    max_skew=300e-6,
    flat_skew=50e-6,
    slope_after_s=60.0,
    window_s=300.0,
    live_window_s=20.0,
    bin_s=1.0,
    ready_s=0.0,
    refit_s=5.0,
)
"""A device's own clock: a crystal within 50e-6, or an oscillator a little worse."""

COUNTED = ClockKind(
    max_skew=0.02,
    flat_skew=0.01,
    slope_after_s=2.0,
    window_s=60.0,
    live_window_s=2.0,
    bin_s=0.25,
    ready_s=2.0,
    refit_s=1.0,
)
"""No clock: samples are counted, and the stated sampling rate is taken at its word. Oscillators of
inertial sensors are off by up to one percent and follow their temperature."""
