"""Units that sensors send, and the ones that samples have."""

from __future__ import annotations

import math

STANDARD_GRAVITY = 9.80665
"""m/s² per g."""
RADIANS = math.pi / 180.0
"""rad per degree."""
