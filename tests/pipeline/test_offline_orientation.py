"""Orientation in blocks stays with VQF on every sample."""

from __future__ import annotations

import numpy as np
import pytest
from vqf import offlineVQF

from pipeline.offline_orientation import orientation_offline, strapdown
from pipeline.orientation import to_sensor, up_in_sensor


@pytest.mark.parametrize("rate_hz", [60.0, 200.0])
def test_gravity_is_that_of_vqf_on_every_sample(rate_hz: float) -> None:
    """A swinging sensor with a gyroscope bias: the direction of up agrees within 0.05 degrees."""
    time_s = np.arange(round(60 * rate_hz)) / rate_hz
    waves = [3.0 * np.sin(9.0 * time_s), np.sin(18.0 * time_s), 0.5 * np.cos(9.0 * time_s)]
    rate = np.stack(waves, axis=1)
    acc = to_sensor(strapdown(rate, rate_hz), np.tile([0.0, 0.0, 9.81], (len(rate), 1)))
    measured = rate + np.radians([0.5, -0.3, 0.4])
    plain = offlineVQF(measured, acc, None, 1.0 / rate_hz)["quat6D"]
    found = orientation_offline(measured, acc, rate_hz)
    apart = up_in_sensor(found) - up_in_sensor(plain)
    assert np.degrees(np.sqrt(np.mean(np.sum(apart * apart, axis=1)))) < 0.05


def test_too_few_samples_for_a_block_are_oriented() -> None:
    """Two samples at rest."""
    quat = orientation_offline(np.zeros((2, 3)), np.tile([0.0, 0.0, 9.81], (2, 1)), 200.0)
    assert np.allclose(up_in_sensor(quat), [0.0, 0.0, 1.0])
