"""Named random streams: every draw of a session comes from its seed and a purpose."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What a random stream is for; numbers are part of the byte-for-byte contract of a seed."""

    RUNNER = 1
    STEPS = 2
    IDENTITY = 3
    MOUNTING = 4
    SENSOR_ERRORS = 5
    NOISE = 6
    RADIO = 7
    SOFT_TISSUE = 8
    SCRIPT = 9


def stream(seed: int, purpose: Purpose, *key: int) -> np.random.Generator:
    """Return the generator of one purpose.

    Args:
        seed: Session seed, >= 0.
        purpose: What the numbers are for.
        key: Further non-negative integers (sensor index, block index, ...).

    Returns:
        A PCG64 generator; equal arguments give equal numbers on every platform.
    """
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, int(purpose), *key])))
