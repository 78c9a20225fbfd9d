"""Captured and published packets decode to the values that their sources state."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sensors.counted_index import CountedIndex
from sensors.drivers import (
    heart_rate_bytes,
    metamotion_bytes,
    movella_dot_bytes,
    movesense_bytes,
    polar_verity_bytes,
    running_speed_bytes,
    witmotion_bytes,
)
from sensors.drivers.units import RADIANS, STANDARD_GRAVITY
from sensors.errors import ProtocolError


def vectors(shared_data: Path, name: str) -> list[dict[str, Any]]:
    text = (shared_data / "ble_vectors" / f"{name}.json").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(text)["vectors"]
    assert found
    return found


def of_kind(all_of: list[dict[str, Any]], *words: str) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Bytes and values of the vectors whose name has one of the words; at least one."""
    found = [one for one in all_of if any(word in one["name"] for word in words)]
    assert found, words
    for one in found:
        yield bytes.fromhex(one["hex"]), one["decoded"]


def test_witmotion_frames(shared_data: Path) -> None:
    """Whole frames, with date and time, and those of a log that cut them after 16 bytes."""
    count = 0
    for frame, stated in of_kind(vectors(shared_data, "witmotion_ble"), "0x61"):
        raw = witmotion_bytes.raw_values(frame)
        assert list(raw) == stated["raw_int16"]
        acc, gyr = witmotion_bytes.samples([frame])
        assert acc[0] / STANDARD_GRAVITY == pytest.approx(stated["acc_g"], abs=1e-6)
        assert gyr[0] / RADIANS == pytest.approx(stated["gyro_dps"], abs=1e-6)
        if "device_time" in stated:
            at = witmotion_bytes.frame_time(frame).replace(tzinfo=None)
            assert at == datetime.fromisoformat(stated["device_time"])
        count += 1
    assert count >= 15


def test_witmotion_replies_and_commands(shared_data: Path) -> None:
    for frame, stated in of_kind(vectors(shared_data, "witmotion_ble"), "0x71"):
        reply = witmotion_bytes.parse_reply(frame)
        assert reply.start == stated["register"]
        assert list(reply.values[:3]) == stated["values"]
        assert reply.value(stated["register"] + 1) == stated["values"][1]
    written = 0
    for one in vectors(shared_data, "witmotion_ble"):
        if one["direction"] != "write":
            continue
        command = bytes.fromhex(one["hex"])
        stated = one["decoded"]
        if "value_le" in stated:
            made = witmotion_bytes.set_register(stated["register"], stated["value_le"])
            assert made == command, one["name"]
        written += 1
    assert written >= 8
    assert witmotion_bytes.read_registers(0x3A) == bytes.fromhex("ffaa273a00")
    assert witmotion_bytes.set_register(0x03, witmotion_bytes.RATE_CODES[200]).hex() == "ffaa030b00"


def test_real_arrival_bursts_hold_no_loss(shared_data: Path) -> None:
    """35 s of a real sensor at its true rate: no sample is taken for lost, whatever rate is stated."""
    arrivals = vectors(shared_data, "witmotion_arrival_bursts")
    for rate_hz in (199.0, 200.0, 197.5):
        counted: CountedIndex[int] = CountedIndex(rate_hz)
        before, found = 0, []
        for ms, count in arrivals:
            found += counted.push(count, ms * 1e-3, before)
            before += count
        found += counted.finish()
        assert len(found) == len(arrivals)
        assert all(one.first_index == one.content for one in found)


def test_lost_notifications_in_real_arrivals_are_found_where_they_were(shared_data: Path) -> None:
    """Whole notifications of eight frames, each a tenth of the bursts' own span."""
    arrivals = vectors(shared_data, "witmotion_arrival_bursts")
    eights = [k for k, (_, count) in enumerate(arrivals) if count == 8]
    dropped = {eights[120], eights[240], eights[380]}
    counted: CountedIndex[int] = CountedIndex(199.0)
    before, found = 0, []
    for k, (ms, count) in enumerate(arrivals):
        if k not in dropped:
            found += counted.push(count, ms * 1e-3, before)
        before += count
    found += counted.finish()
    error = np.array([one.first_index - one.content for one in found])
    assert np.abs(error).max() <= 2
    assert np.median(np.abs(error)) <= 1


def test_polar_accelerations(shared_data: Path) -> None:
    all_of = vectors(shared_data, "polar_pmd")
    for payload, stated in of_kind(all_of, "ACC raw"):
        frame = polar_verity_bytes.parse_frame(payload)
        assert (frame.measurement, frame.last_ns) == (2, stated["last_sample_timestamp_ns"])
        mg = polar_verity_bytes.acceleration_g(frame, 1.0) * 1e3
        assert mg == pytest.approx(np.array(stated["computed_all_mg"], dtype=float))
    compressed = list(of_kind(all_of, "ACC compressed", "ACC delta"))
    for payload, stated in compressed:
        frame = polar_verity_bytes.parse_frame(payload)
        values = polar_verity_bytes.acceleration_g(frame, stated.get("factor", 1.0)) * 1e3
        for key in ("samples_mg", "computed_all_mg", "first_samples_mg"):
            if key in stated:
                wanted = np.array(stated[key], dtype=float)
                assert values[: len(wanted)] == pytest.approx(wanted, rel=1e-5, abs=1e-6)
        if "n_samples" in stated:
            assert len(values) == stated["n_samples"]


def test_every_polar_vector_is_looked_at(shared_data: Path) -> None:
    """Rates, fields, settings and replies; a kind of vector that is not known fails."""
    for one in vectors(shared_data, "polar_pmd"):
        payload, stated = bytes.fromhex(one["hex"]), one["decoded"]
        name = one["name"]
        if name.startswith("ACC"):
            assert polar_verity_bytes.parse_frame(payload).measurement == 2
        elif name.startswith("GYRO"):
            frame = polar_verity_bytes.parse_frame(payload)
            dps = polar_verity_bytes.angular_rate_dps(frame, stated.get("factor", 1.0))
            assert dps == pytest.approx(np.array(stated["samples_dps"]), rel=1e-6)
        elif name.startswith("MAG"):
            frame = polar_verity_bytes.parse_frame(payload)
            field = polar_verity_bytes.magnetic_field(frame)
            assert field.tolist() == stated["samples_mgauss_and_status"]
        elif "reply" in name:
            reply = polar_verity_bytes.parse_control_reply(payload)
            assert (reply.op, reply.measurement) == (stated["op"], stated["measurement"])
            assert (reply.status, reply.more) == (stated["status"], stated["more"])
        elif "settings" in name:
            settings = polar_verity_bytes.parse_settings(payload)
            names = {"sample_rate": 0, "resolution": 1, "range": 2, "range_milli": 3, "channels": 4}
            for key, wanted in stated.items():
                if key in names:
                    assert list(settings[names[key]]) == wanted
        else:
            pytest.fail(f"no test for {name}")


def test_movella_dot(shared_data: Path) -> None:
    """Captured samples and states; of the vendor's messages, two have a wrong checksum."""
    wrong = []
    for one in vectors(shared_data, "movella_dot"):
        payload, stated = bytes.fromhex(one["hex"]), one["decoded"]
        if "payload_mode" in one:
            mode = movella_dot_bytes.Mode(one["payload_mode"])
            sample = movella_dot_bytes.parse_measurement(payload, mode)
            assert movella_dot_bytes.payload_characteristic(mode) == one["characteristic"]
            assert sample.time_us == stated["timestamp_us"]
            assert sample.values["free_acc"] == pytest.approx(stated["free_acc_m_s2"], rel=1e-6)
        elif "payload_mode" in stated:
            state = movella_dot_bytes.parse_measurement_state(payload)
            assert (state.running, state.mode) == (False, stated["payload_mode"])
        else:
            found = movella_dot_bytes.parse_message(payload)
            assert (found.mid, found.data.hex()) == (stated["mid"], stated["data"])
            assert found.checksum_ok == stated["checksum_ok"]
            if found.checksum_ok:
                assert movella_dot_bytes.message(found.mid, found.data) == payload
            else:
                wrong.append(one["name"])
    assert wrong == ["StartRecording 30 min", "ACK StartRecording"]


def xyz(rows: list[dict[str, float]]) -> np.ndarray[Any, Any]:
    return np.array([[row["x"], row["y"], row["z"]] for row in rows])


def test_movesense(shared_data: Path) -> None:
    """Live packets against the same samples from the sensors' own logs, and answers to reads."""
    seen = set()
    for one in vectors(shared_data, "movesense_gsp"):
        payload, stated, resource = bytes.fromhex(one["hex"]), one["decoded"], one["resource"]
        sort = resource.split("/")[2]
        arrays = [key for key in stated if key.startswith("Array")]
        if arrays:
            found = movesense_bytes.parse_vectors(payload, len(arrays))
            assert found.time_ms == stated["Timestamp"]
            for values, key in zip(found.values, arrays, strict=True):
                assert values == pytest.approx(xyz(stated[key]), rel=1e-6)
        elif resource.startswith("/Meas/Ecg"):
            time_ms, millivolts = movesense_bytes.parse_ecg(payload)
            assert time_ms == stated["Timestamp"]
            assert millivolts == pytest.approx(stated["Samples"], abs=1e-9)
        elif resource == "/Meas/Temp":
            time_ms, kelvin = movesense_bytes.parse_temperature(payload)
            assert time_ms == stated.get("timestamp_ms", stated.get("Timestamp"))
            assert kelvin == pytest.approx(
                stated.get("kelvin", stated.get("Measurement")), rel=1e-6
            )
        elif resource.endswith("/Info"):
            ranges = movesense_bytes.parse_ranges(payload, 1 if sort == "Acc" else 2)
            assert list(ranges.rates_hz) == stated["SampleRates"]
            wanted = next(value for key, value in stated.items() if key.startswith("Ranges"))
            assert list(ranges.ranges) == wanted
        elif resource == "/Time/Detailed":
            time = movesense_bytes.parse_time(payload)
            assert (time.utc_us, time.relative_ms) == (stated["utcTime"], stated["relativeTime"])
            assert (time.tick_rate, time.accuracy) == (stated["tickRate"], stated["accuracy"])
        else:
            pytest.fail(f"no test for {resource}")
        seen.add(sort)
    assert {"IMU6", "Gyro", "Temp", "Ecg"} <= seen


def test_metamotion(shared_data: Path) -> None:
    """Packets of three and of one sample, in all ranges that were captured; and the commands."""
    decoded = 0
    for one in vectors(shared_data, "metawear_mms"):
        payload, stated = bytes.fromhex(one["hex"]), one["decoded"]
        if "samples" in stated:
            values = metamotion_bytes.parse_samples(payload, stated["lsb_per_unit"])
            assert values.values == pytest.approx(np.array(stated["samples"]), abs=6e-4)
            assert values.is_gyroscope == (stated["unit"] == "dps")
            decoded += 1
    assert decoded >= 4
    assert metamotion_bytes.configure_acc(200, 8).hex() == "0303a902"
    assert metamotion_bytes.configure_acc(100, 16).hex() == "0303a803"
    assert metamotion_bytes.SUBSCRIBE_ACC.hex() == "030501"
    assert metamotion_bytes.ENABLE_ACC.hex() == "03020100"
    with pytest.raises(ProtocolError):
        metamotion_bytes.parse_samples(b"\x03\x05\x00", 2048.0)


def test_heart_rate_and_running_speed(shared_data: Path) -> None:
    for payload, stated in of_kind(vectors(shared_data, "sig_rsc_hr"), "Heart"):
        beat = heart_rate_bytes.parse_heart_rate(payload)
        contact = {"detected": True, "not_detected": False}.get(stated.get("contact", ""))
        assert (beat.bpm, beat.contact) == (stated["bpm"], contact)
        assert beat.energy_kj == stated.get("energy_kj")
        assert list(beat.rr_s) == stated.get("rr_s", [])
    for payload, stated in of_kind(vectors(shared_data, "sig_rsc_hr"), "RSC"):
        run = running_speed_bytes.parse_running_speed(payload)
        assert run.speed_m_s == stated["speed_m_s"]
        assert run.cadence_per_min == stated["cadence_per_min"]
        assert run.stride_m == stated.get("stride_length_m")
        wanted = stated.get("total_distance_m")
        assert run.distance_m == wanted or math.isclose(run.distance_m or 0.0, wanted or 1.0)
