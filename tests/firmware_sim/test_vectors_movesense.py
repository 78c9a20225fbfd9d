"""Captured Movesense bytes: the simulator's encoders make exactly these."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firmware_sim.devices.movesense.gsp import (
    Kind,
    encode_data,
    encode_ecg,
    encode_info,
    encode_temperature,
    encode_time_detailed,
    encode_vectors,
)
from firmware_sim.devices.movesense.resources import (
    ACC_LSB_M_S2,
    CONSTANTS,
    GYRO_LSB_DPS,
    measured,
)


def vectors(shared_data: Path) -> list[dict[str, Any]]:
    path = shared_data / "ble_vectors" / "movesense_gsp.json"
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["vectors"]
    return found


def rows(array: list[dict[str, float]]) -> list[list[float]]:
    return [[v["x"], v["y"], v["z"]] for v in array]


def arrays(decoded: dict[str, Any]) -> dict[str, list[list[float]]]:
    return {key: rows(value) for key, value in decoded.items() if key.startswith("Array")}


def test_measurements_come_out_byte_for_byte(shared_data: Path) -> None:
    """Exact: the log's values are the very floats."""
    seen = 0
    for v in vectors(shared_data):
        found = arrays(v["decoded"])
        if found:
            made = encode_vectors(v["decoded"]["Timestamp"], list(found.values()))
            assert made.hex() == v["hex"]
            resource = measured(v["resource"])
            assert resource is not None
            assert len(resource.quantities) == len(found)
            assert {len(a) for a in found.values()} == {resource.samples_per_packet}
            seen += 1
    assert seen >= 2


def test_captured_values_are_whole_steps_of_the_simulated_chip(shared_data: Path) -> None:
    """The scales, and with them the range of 8 g, are those of the captured sensor."""
    steps = {"ArrayAcc": ACC_LSB_M_S2, "ArrayGyro": GYRO_LSB_DPS}
    for v in vectors(shared_data):
        for key, array in arrays(v["decoded"]).items():
            if key in steps:
                counts = np.array(array) / steps[key]
                assert np.abs(counts - counts.round()).max() < 0.02


def test_ecg_comes_out_byte_for_byte(shared_data: Path) -> None:
    found = [v for v in vectors(shared_data) if "Samples" in v["decoded"]]
    assert found
    for v in found:
        made = encode_ecg(v["decoded"]["Timestamp"], v["decoded"]["Samples"])
        assert made.hex() == v["hex"]


def test_both_orders_of_a_temperature_come_out_byte_for_byte(shared_data: Path) -> None:
    seen = set()
    for v in vectors(shared_data):
        if v["resource"] != "/Meas/Temp":
            continue
        d = v["decoded"]
        float_first = "field_order" in d
        kelvin = d.get("kelvin", d.get("Measurement"))
        time_ms = d.get("timestamp_ms", d.get("Timestamp"))
        assert encode_temperature(time_ms, kelvin, float_first=float_first).hex() == v["hex"]
        seen.add(float_first)
    assert seen == {True, False}


def test_replies_to_get_come_out_byte_for_byte(shared_data: Path) -> None:
    seen = set()
    for v in vectors(shared_data):
        d = v["decoded"]
        if "SampleRates" in d:
            wide = 1 if "Acc" in v["resource"] else 2
            ranges = next(value for key, value in d.items() if key.startswith("Ranges"))
            assert encode_info(d["SampleRates"], ranges, wide).hex() == v["hex"]
            if not v["resource"].startswith("/Meas/Gyro"):
                assert CONSTANTS[v["resource"]].hex() == v["hex"]
            seen.add("info")
        elif "utcTime" in d:
            made = encode_time_detailed(
                d["utcTime"], d["relativeTime"], d["tickRate"], d["accuracy"]
            )
            assert made.hex() == v["hex"]
            seen.add("time")
    assert seen == {"info", "time"}


@pytest.mark.parametrize("limit", [20, 155, 182, 244])
def test_a_long_packet_goes_on_in_second_parts(limit: int) -> None:
    payload = bytes(range(256)) + bytes(36)  # IMU9 at 104 Hz: 292 bytes
    parts = encode_data(7, payload, limit)
    assert [p[0] for p in parts] == [Kind.DATA] + [Kind.DATA_PART2] * (len(parts) - 1)
    assert {p[1] for p in parts} == {7}
    assert max(map(len, parts)) <= limit
    assert b"".join(p[2:] for p in parts) == payload
