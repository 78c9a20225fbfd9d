"""The pull of the earth that the body lives in."""

from __future__ import annotations

GRAVITY_M_S2 = 9.81
