"""Segment angles from a rotation chain, whatever links it is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from firmware_sim.body.jet import Array
from firmware_sim.body.model import Body
from firmware_sim.body.motion import SegmentMotion, rotation_columns
from firmware_sim.body.rotation import Chain

Links: TypeAlias = Callable[[Body, SegmentMotion, Array], Chain]
"""Turn of a sensor against its segment: further links for the chain of the segment; none if it sits still."""


def no_links(body: Body, motion: SegmentMotion, t: Array) -> Chain:
    """A sensor that moves with the bone."""
    del body, motion, t
    return []


def obliquity_rad(chain: Chain) -> Array:
    """Elevation of the medio-lateral axis, + right side up, (n,)."""
    if [axis for axis, _ in chain] == ["y", "x", "z"]:
        return -chain[1][1].v
    return np.asarray(np.arcsin(rotation_columns(chain, 2)[1]), dtype=np.float64)


def pelvis_angles_deg(chain: Chain) -> tuple[Array, Array, Array]:
    """Tilt (+ anterior), obliquity (+ right side up), rotation (+ right side forward).

    Order rotation, obliquity, tilt.
    """
    x, y, z = (rotation_columns(chain, i) for i in range(3))
    tilt = np.arctan2(-x[1], y[1])
    obliquity = np.arcsin(np.clip(z[1], -1.0, 1.0))
    rotation = np.arctan2(z[0], z[2])
    return _degrees(tilt), _degrees(obliquity), _degrees(rotation)


def shank_angles_deg(chain: Chain, sign: float) -> tuple[Array, Array, Array]:
    """Sagittal (+ reclined), frontal (+ upper end outwards), axial (+ internal); axial last.

    Args:
        chain: Rotation chain.
        sign: 1 for a right shank, -1 for a left one.
    """
    x, y, z = (rotation_columns(chain, i) for i in range(3))
    sagittal = np.arctan2(-y[0], y[1])
    frontal = np.arcsin(np.clip(y[2], -1.0, 1.0))
    axial = np.arctan2(-x[2], z[2])
    return _degrees(sagittal), sign * _degrees(frontal), sign * _degrees(axial)


def _degrees(angle: Array) -> Array:
    return np.asarray(np.degrees(angle), dtype=np.float64)
