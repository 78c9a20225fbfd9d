"""The onset of the impact near a foot strike, from the shank's specific force.

The rate of the shank tells within 10 to 20 ms when the foot strikes, and for one leg of one person
always with the same error, because legs differ in how the shank slows down before contact. The
impact that follows contact starts sharply in running; in walking it is softer, and its onset and
the rate are about equally good, so their mean is taken (docs/validation.md, real walkers).
The size of the change of the specific force is used, so the mounting does not matter.
"""

from __future__ import annotations

import numpy as np

from pipeline.orientation import FloatArray
from pipeline.stride import Gait
from pipeline.track import SensorTrack

WINDOW_S: dict[Gait, tuple[float, float]] = {"run": (0.03, 0.045), "walk": (0.06, 0.06)}
"""The impact is looked for from so long before the rate's foot strike to so long after it."""
SHARE: dict[Gait, float] = {"run": 0.4, "walk": 0.2}
"""The onset is where the change passes this share of its largest value in the window."""
WEIGHT: dict[Gait, float] = {"run": 1.0, "walk": 0.5}
LARGEST_SHIFT_S: dict[Gait, float] = {"run": 0.015, "walk": 0.06}
"""An onset farther than this from the rate's foot strike is something else."""
REACH_S = max(after for _, after in WINDOW_S.values())


def strike_at_impact(track: SensorTrack, strike: float, gait: Gait) -> float:
    """Foot strike by rate and impact together.

    Args:
        track: the shank; samples up to `REACH_S` after the strike are read when they are there.
        strike: foot strike by the rate, fractional position.
        gait: running or walking.

    Returns:
        Fractional position; ``strike`` itself when the window shows no onset.
    """
    before_s, after_s = WINDOW_S[gait]
    first = max(track.acc.start + 1, round(strike - before_s * track.rate_hz))
    last = round(strike + after_s * track.rate_hz) + 1
    change = _change(track.acc.get(first - 1, last))
    if len(change) < 3:
        return strike
    top = int(np.argmax(change))
    level = SHARE[gait] * float(change[top])
    low = np.flatnonzero(change[:top] < level)
    if not len(low):
        return strike
    if gait == "run":  # the first rise; ringing of the strap may change faster than the impact
        rises = np.flatnonzero((change[: top + 1][:-1] < level) & (change[1 : top + 1] >= level))
        j = int(rises[0])
    else:  # the last rise; before a soft heel strike the swing itself may pass the level
        j = int(low[-1])
    share = (level - float(change[j])) / (float(change[j + 1]) - float(change[j]))
    onset = first - 0.5 + j + share  # a change belongs half a sample before its later sample
    shift = onset - strike
    if abs(shift) > LARGEST_SHIFT_S[gait] * track.rate_hz:
        return strike
    return strike + WEIGHT[gait] * shift


def _change(acc: FloatArray) -> FloatArray:
    """Size of the change from each sample to the next, shape (n - 1,)."""
    if len(acc) < 2:
        return np.empty(0)
    step = acc[1:] - acc[:-1]
    x, y, z = step[:, 0], step[:, 1], step[:, 2]
    size: FloatArray = np.sqrt(x * x + y * y + z * z)
    return size
