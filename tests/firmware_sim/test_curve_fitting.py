"""The table of curves that ships is the one that the fit makes from the public data."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import numpy as np

from firmware_sim.curve_fitting.__main__ import curve_table


def _numbers(value: object) -> list[float]:
    if isinstance(value, dict):
        return [n for key in sorted(value) for n in _numbers(value[key])]
    if isinstance(value, list):
        return [n for item in value for n in _numbers(item)]
    return [float(value)] if isinstance(value, int | float) else []


def test_shipped_curves_are_reproduced_from_the_data(shared_data: Path) -> None:
    made = curve_table(shared_data / "running_motion", shared_data / "biomac_p01_stride_mean")
    text = (resources.files("firmware_sim.body") / "gait_curves.json").read_text("utf-8")
    shipped = json.loads(text)
    assert set(shipped) == set(made)
    assert "CC BY 4.0" in shipped["attribution"]["run"]
    assert "Apache-2.0" in shipped["attribution"]["walk"]
    # millimetres and degrees; a little room for other versions of the numeric libraries
    assert np.allclose(_numbers(shipped), _numbers(made), atol=2e-3)


def test_ankle_moves_backwards_at_belt_speed_in_mid_stance() -> None:
    """Position and rotation of the fitted shank agree: the foot is at rest on the ground."""
    from firmware_sim.body.curves import Harmonics, running_shank
    from firmware_sim.body.jet import Jet

    for speed in (2.5, 3.5, 4.5):
        for left_share in (0.0, 1.0):
            shape = running_shank(speed, left_share)
            phase = np.linspace(0.3, 0.7, 50) * shape.duty_reference
            time = Jet(phase, np.full(50, shape.stride_hz), np.zeros(50))
            forward = Harmonics(shape.coefficients)(time)[3].d
            assert np.mean(forward) == np.clip(np.mean(forward), -1.06 * speed, -0.94 * speed)
