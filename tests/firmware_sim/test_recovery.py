"""An estimator that knows only packets and mounting finds the truth again.

This joins everything: curves, lever arms, sample clocks, encoding and truth definitions. A wrong sign, frame
or time base anywhere shows as degrees here.
"""

from __future__ import annotations

import struct
from functools import cache

import numpy as np
import pytest
from vqf import offlineVQF

from firmware_sim import SimulatedSession, air_packets
from firmware_sim.profile.uuids import DATA


@cache
def _session(seed: int, gait) -> tuple[SimulatedSession, dict[str, list[bytes]]]:
    session = SimulatedSession(45, seed=seed, gait=gait)
    payloads: dict[str, list[bytes]] = {s.placement: [] for s in session.sensors}
    for p in air_packets(session):
        if p.characteristic == DATA:
            payloads[p.placement].append(p.payload)
    return session, payloads


def _orientation(seed: int, gait, placement: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Session times (n,), rotation segment to earth (n, 3, 3; earth z up), segment rate (n, 3) rad/s."""
    session, packets = _session(seed, gait)
    sensor = next(s for s in session.sensors if s.placement == placement)
    acc_scale, gyro_scale = struct.unpack_from("<ff", sensor.config_bytes, 10)
    payloads = packets[placement]
    counts = np.concatenate([np.frombuffer(p, "<i2", offset=16).reshape(-1, 6) for p in payloads])
    device_us = np.concatenate(
        [
            int.from_bytes(p[8:14], "little") + np.arange(p[14]) * 1e6 / sensor.errors.sample_hz
            for p in payloads
        ]
    )
    t = (device_us - sensor.errors.clock_start_us) * 1e-6
    to_segment = sensor.mounting.rotation.T
    acc = counts[:, :3] * float(acc_scale) @ to_segment
    gyr = np.radians(counts[:, 3:] * float(gyro_scale)) @ to_segment
    gyr -= gyr[t < 4.5].mean(axis=0)
    middle = gyr.copy()
    middle[1:] = 0.5 * (gyr[1:] + gyr[:-1])  # the rate over the interval, not at its end
    w, x, y, z = offlineVQF(middle, np.ascontiguousarray(acc), None, 1 / sensor.errors.sample_hz)[
        "quat6D"
    ].T
    rotation = np.stack(
        [
            np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)], -1),
            np.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)], -1),
            np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], -1),
        ],
        axis=1,
    )
    return t, rotation, gyr


@pytest.mark.parametrize(("seed", "gait"), [(1, "run"), (4, "run"), (20, "walk")])
def test_pelvic_drop_is_recovered_from_packets(seed: int, gait) -> None:
    session, _ = _session(seed, gait)
    t, rotation, _ = _orientation(seed, gait, "pelvis")
    obliquity = np.degrees(np.arcsin(rotation[:, 2, 2]))
    reference = obliquity[(t > 0.5) & (t < 4.3)].mean()
    truth = session.truth_strides()
    truth = truth[truth.valid & (truth.gait == gait) & (truth.foot_strike_s > 25)]
    errors = []
    for r in truth.itertuples():
        sign = 1 if r.side == "right" else -1
        when = np.linspace(0.05, 0.75, 71) * r.contact_time_s + r.foot_strike_s
        drop = sign * (np.interp(when, t, obliquity) - reference)
        start = sign * (np.interp(r.foot_strike_s, t, obliquity) - reference)
        errors.append((drop.max() - r.cpd_peak_deg, drop.max() - start - r.cpd_exc_deg))
    assert len(errors) > 25
    assert np.sqrt(np.mean(np.square(errors), axis=0)) == pytest.approx([0, 0], abs=0.3)
    assert np.std(errors, axis=0).max() < 0.15


@pytest.mark.parametrize(("seed", "gait"), [(1, "run"), (4, "run"), (20, "walk")])
@pytest.mark.parametrize("side", ["left", "right"])
def test_tibial_rotation_is_recovered_from_packets(seed: int, gait, side: str) -> None:
    session, _ = _session(seed, gait)
    t, rotation, gyr = _orientation(seed, gait, f"shank_{side}")
    truth = session.truth_strides()
    truth = truth[
        truth.valid & (truth.gait == gait) & (truth.foot_strike_s > 25) & (truth.side == side)
    ]
    rate = np.einsum("nij,nj->ni", rotation, gyr)
    errors = []
    for r in truth.itertuples():
        stride = (t >= r.foot_strike_s) & (t < r.next_foot_strike_s)
        _, axes = np.linalg.eigh(rate[stride, :2].T @ rate[stride, :2])
        right = axes[:, -1]
        if right @ rotation[stride, :2, 2].mean(axis=0) < 0:
            right = -right
        e = rotation[:, :2, :].transpose(0, 2, 1) @ right  # flexion axis in the segment, (n, 3)
        alpha = np.degrees(np.unwrap(np.arctan2(-e[:, 0], e[:, 2]))) * (
            1 if side == "right" else -1
        )
        when = np.linspace(0, 0.75, 76) * r.contact_time_s + r.foot_strike_s
        curve = np.interp(when, t, alpha)
        errors.append((curve - curve[0]).max() - r.tir_exc_deg)
    assert len(errors) > 10
    assert abs(np.mean(errors)) < 0.8
    assert np.std(errors) < 0.3
