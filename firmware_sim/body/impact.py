"""Impact transients at foot strike: short, finite, without net change of velocity.

They act along directions fixed in the ground, so that this also holds while the segment turns; a transient
tied to the turning shank would leave a mean acceleration that no real strap has.
"""

from __future__ import annotations

import numpy as np

from firmware_sim.body.jet import Array, Jet

REACH_S = 0.35
"""After this time a transient has died out (below 1e-4 of its peak)."""


class Thump:
    """One push at foot strike and its slow recovery.

    The velocity it adds is S(t / rise) exp(-t / recovery), with S the C2 quintic step; the acceleration
    is its exact derivative, scaled to a positive peak of one. Velocity is zero before and after, so the
    transient moves nothing in the long run; the negative lobe is about a quarter of the peak.

    Args:
        frequency_hz: Frequency of the push: the rise lasts half a period.
        recovery_s: Time constant of the recovery, s.
    """

    def __init__(self, frequency_hz: float, recovery_s: float) -> None:
        self._rise = 0.5 / frequency_hz
        self._recovery = recovery_s
        self._scale = 1.0
        t = np.arange(0.0, 0.1, 1e-4)
        acceleration = self.acceleration(t)
        self._scale = 1.0 / float(acceleration.max())
        self.peak_delay_s = float(t[int(acceleration.argmax())])

    def acceleration(self, since_s: Array) -> Array:
        """Acceleration at times after foot strike (all >= 0), peak one."""
        x = np.minimum(since_s * (1.0 / self._rise), 1.0)
        step = x * x * x * (x * (6.0 * x - 15.0) + 10.0)
        slope = 30.0 * x * x * (x - 1.0) * (x - 1.0) * (1.0 / self._rise)
        fade = np.exp(since_s * (-1.0 / self._recovery))
        return np.asarray((slope - step * (1.0 / self._recovery)) * fade * self._scale)


class Ringing:
    """A damped oscillation that starts smoothly at foot strike.

    The displacement is S(t / rise) exp(-t / decay) sin(2 pi f t), with S the C2 quintic step.

    Args:
        frequency_hz: Oscillation frequency, 1/s.
        decay_s: Time constant of the decay, s.
        rise_s: Length of the smooth onset, s.
    """

    def __init__(self, frequency_hz: float, decay_s: float, rise_s: float) -> None:
        self._omega = 2.0 * np.pi * frequency_hz
        self._decay = decay_s
        self._rise = rise_s
        self._scale = 1.0
        self._scale_rate = 1.0
        t = Jet.time(np.arange(0.0, 0.2, 1e-4))
        pulse = self.displacement(t.v)
        self._scale = 1.0 / float(np.abs(pulse.v).max())
        self._scale_rate = 1.0 / float(self.acceleration(t.v).max())

    def displacement(self, since_s: Array) -> Jet:
        """Displacement at times after foot strike (all >= 0), largest magnitude one."""
        t = Jet.time(since_s)
        fade = np.exp(-since_s / self._decay)
        damped = t.compose(fade, -fade / self._decay, fade / self._decay**2)
        onset = (t * (1.0 / self._rise)).smoothstep()
        return onset * damped * (t * self._omega).sin() * self._scale

    def acceleration(self, since_s: Array) -> Array:
        """A ringing acceleration without net impulse (the rate of the displacement), peak one."""
        x = np.minimum(since_s * (1.0 / self._rise), 1.0)
        step = x * x * x * (x * (6.0 * x - 15.0) + 10.0)
        slope = 30.0 * x * x * (x - 1.0) * (x - 1.0) * (1.0 / self._rise)
        fade = np.exp(since_s * (-1.0 / self._decay))
        angle = self._omega * since_s
        rate = (slope - step * (1.0 / self._decay)) * np.sin(angle)
        return np.asarray((rate + step * self._omega * np.cos(angle)) * fade * self._scale_rate)
