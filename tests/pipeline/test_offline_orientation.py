"""Orientation in blocks stays with VQF on every sample."""

from __future__ import annotations

import numpy as np
import pytest
from vqf import offlineVQF

from pipeline.offline_orientation import orientation_offline, strapdown
from pipeline.orientation import FloatArray, to_earth, to_sensor, up_in_sensor
from pipeline.track import SensorTrack
from sensors.placement import Placement
from sensors.sample_block import SampleBlock

HZ = 100.0
BIAS = np.radians([0.6, -0.8, 1.2])


@pytest.mark.parametrize("rate_hz", [60.0, 200.0])
def test_gravity_is_that_of_vqf_on_every_sample(rate_hz: float) -> None:
    """A swinging sensor with a gyroscope bias: the direction of up agrees within 0.05 degrees."""
    time_s = np.arange(round(60 * rate_hz)) / rate_hz
    waves = [3.0 * np.sin(9.0 * time_s), np.sin(18.0 * time_s), 0.5 * np.cos(9.0 * time_s)]
    rate = np.stack(waves, axis=1)
    acc = to_sensor(strapdown(rate, rate_hz), np.tile([0.0, 0.0, 9.81], (len(rate), 1)))
    measured = rate + np.radians([0.5, -0.3, 0.4])
    plain = offlineVQF(measured, acc, None, 1.0 / rate_hz)["quat6D"]
    found = orientation_offline(measured, acc, rate_hz)[0]
    apart = up_in_sensor(found) - up_in_sensor(plain)
    assert np.degrees(np.sqrt(np.mean(np.sum(apart * apart, axis=1)))) < 0.05


def test_too_few_samples_for_a_block_are_oriented() -> None:
    """Two samples at rest."""
    quat = orientation_offline(np.zeros((2, 3)), np.tile([0.0, 0.0, 9.81], (2, 1)), 200.0)[0]
    assert np.allclose(up_in_sensor(quat), [0.0, 0.0, 1.0])


def test_a_bias_that_is_known_is_as_if_there_were_none() -> None:
    """Taken off beforehand; what is returned is the whole of it."""
    rate = np.zeros((500, 3))
    acc = np.tile([0.0, 0.0, 9.81], (500, 1))
    plain, none = orientation_offline(rate, acc, HZ)
    quat, bias = orientation_offline(rate + BIAS, acc, HZ, BIAS)
    np.testing.assert_allclose(quat, plain, atol=1e-12)
    np.testing.assert_allclose(bias[:] - BIAS, none[:], atol=1e-12)


def test_standing_tells_the_bias_to_what_comes_after_a_break() -> None:
    """Motion does not show the gyroscope's bias about the vertical, so the heading would drift by it.

    Ten seconds of standing, five lost, then a minute of swaying straight ahead: the heading stays within
    three degrees, where the bias alone would turn it by seventy.
    """
    swaying_s = np.arange(round(60 * HZ)) / HZ
    sway = np.zeros((len(swaying_s), 3))
    sway[:, 0], sway[:, 1] = 0.8 * np.sin(9.0 * swaying_s), 0.5 * np.cos(18.0 * swaying_s)
    track = SensorTrack(Placement.PELVIS, HZ, live=False)
    for first, rate in ((0, np.zeros((round(10 * HZ), 3))), (round(15 * HZ), sway)):
        time_s = (first + np.arange(len(rate))) / HZ
        acc = to_sensor(strapdown(rate, HZ), np.tile([0.0, 0.0, 9.81], (len(rate), 1)))
        marks = np.zeros(len(rate), np.uint8)
        track.push(SampleBlock(Placement.PELVIS, first, HZ, time_s, acc, rate + BIAS, marks))
    track.refine_orientation()
    edge = track.breaks[0]
    heading = _heading_deg(track.quat.get(edge, track.end))
    assert abs(heading[-round(HZ) :].mean() - heading[: round(HZ)].mean()) < 3.0
    for at in (0, edge - 1, edge, track.end - 1):
        np.testing.assert_allclose(track.gyroscope_bias(at), BIAS, atol=np.radians(0.1))


def _heading_deg(quat: FloatArray) -> FloatArray:
    ahead = to_earth(quat, np.broadcast_to([1.0, 0.0, 0.0], (len(quat), 3)))
    return np.degrees(np.unwrap(np.arctan2(ahead[:, 1], ahead[:, 0])))
