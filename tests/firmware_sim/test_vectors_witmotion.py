"""Captured WitMotion bytes: the simulator's encoders make exactly these."""

from __future__ import annotations

import json
import struct
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware_sim.devices.witmotion.device import TRUE_RATE
from firmware_sim.devices.witmotion.frames import (
    DateTime,
    commands,
    counts,
    encode_command,
    encode_data,
    encode_reply,
)
from firmware_sim.devices.witmotion.stream import BATCH_S

Vector = dict[str, Any]


def vectors(shared_data: Path) -> list[Vector]:
    path = shared_data / "ble_vectors" / "witmotion_ble.json"
    found: list[Vector] = json.loads(path.read_text(encoding="utf-8"))["vectors"]
    return found


def test_whole_frames_come_out_byte_for_byte_from_their_decoded_values(shared_data: Path) -> None:
    """Exact: acceleration, rate, angle and date determine all 28 bytes."""
    whole = [v for v in vectors(shared_data) if "device_time" in v["decoded"]]
    assert len(whole) >= 10
    for v in whole:
        d = v["decoded"]
        (values,) = counts(
            np.array([d["acc_g"]]), np.array([d["gyro_dps"]]), np.array([d["angle_deg"]])
        )
        assert values.tolist() == d["raw_int16"]
        at = datetime.fromisoformat(d["device_time"])
        date = DateTime(
            at.year % 100, at.month, at.day, at.hour, at.minute, at.second, at.microsecond // 1000
        )
        assert (encode_data(values) + date.tail()).hex() == v["hex"]


def test_truncated_frames_agree_as_far_as_they_go(shared_data: Path) -> None:
    """Exact in the 16 bytes that the log kept."""
    cut = [v for v in vectors(shared_data) if v.get("truncated")]
    assert cut
    for v in cut:
        d = v["decoded"]
        angle = [d["roll_deg"], 0.0, 0.0]
        (values,) = counts(np.array([d["acc_g"]]), np.array([d["gyro_dps"]]), np.array([angle]))
        assert values[:7].tolist() == d["raw_int16"]
        assert encode_data(values)[:16].hex() == v["hex"]


def test_register_replies_come_out_byte_for_byte(shared_data: Path) -> None:
    replies = [v for v in vectors(shared_data) if v["hex"].startswith("5571")]
    assert replies
    for v in replies:
        values = (*v["decoded"]["values"], *[0] * 8)[:8]
        assert encode_reply(v["decoded"]["register"], values).hex() == v["hex"]


def test_commands_come_out_byte_for_byte_and_are_understood(shared_data: Path) -> None:
    written = [v for v in vectors(shared_data) if v["direction"] == "write"]
    assert len(written) >= 8
    for v in written:
        register, value = v["decoded"]["register"], v["decoded"]["value_le"]
        assert encode_command(register, value).hex() == v["hex"]
        assert commands(bytes.fromhex(v["hex"])) == [(register, value)]


def test_batches_and_true_rate_are_those_of_a_real_sensor_at_200_hz(shared_data: Path) -> None:
    path = shared_data / "ble_vectors" / "witmotion_arrival_bursts.json"
    real = json.loads(path.read_text(encoding="utf-8"))
    at_ms, frames = np.array(real["vectors"]).T
    # what the log split over two milliseconds arrived together
    groups = np.split(frames, np.flatnonzero(np.diff(at_ms) > 2) + 1)
    sizes = Counter(int(g.sum()) for g in groups)
    assert sizes.most_common(1)[0][0] == real["summary"]["dominant_batch"] == round(200 * BATCH_S)
    measured = real["summary"]["mean_rate_hz"] / 200.0
    assert TRUE_RATE[0] <= measured <= TRUE_RATE[1]


def test_values_beyond_the_range_clip_and_angles_wrap() -> None:
    (values,) = counts(
        np.array([[20.0, -20.0, 0.0]]),
        np.array([[2500.0, -2500.0, 0.0]]),
        np.array([[180.0, -180.0, 190.0]]),
    )
    assert values.tolist() == [32767, -32768, 0, 32767, -32768, 0, -32768, -32768, -30948]


def test_noise_between_commands_is_passed_over() -> None:
    save = encode_command(0, 0)
    assert commands(b"\x00\xff" + save + b"\xaa\xff" + save[:3]) == [(0, 0)]
    assert commands(struct.pack("<B", 1) * 40) == []


@pytest.mark.parametrize("length", range(5))
def test_a_cut_command_is_none(length: int) -> None:
    assert commands(encode_command(3, 0x0B)[:length]) == []
