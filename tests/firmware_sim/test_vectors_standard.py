"""Heart rate, running speed and MetaMotion bytes of others: the simulator's encoders make the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.devices.heart_rate.measurement import encode_heart_rate
from firmware_sim.devices.metamotion import frames as metamotion
from firmware_sim.devices.running_speed.measurement import encode_running_speed


def vectors(shared_data: Path, name: str) -> list[dict[str, Any]]:
    path = shared_data / "ble_vectors" / name
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["vectors"]
    return found


def test_heart_rates_come_out_byte_for_byte_where_the_values_tell_the_bytes(
    shared_data: Path,
) -> None:
    """One vector writes 200 bpm in two bytes and one bpm without interval; we use one byte below 256."""
    made = {}
    for v in vectors(shared_data, "sig_rsc_hr.json"):
        if "2a37" not in v["characteristic"]:
            continue
        d = v["decoded"]
        contact = {None: None, "detected": True, "not_detected": False}[d.get("contact")]
        made[v["hex"]] = encode_heart_rate(
            d["bpm"], contact=contact, energy_kj=d.get("energy_kj"), rr_s=d.get("rr_s", ())
        ).hex()
    assert len(made) == 5
    assert {captured for captured, ours in made.items() if captured != ours} == {"01c800"}
    assert made["01c800"] == "00c8"
    assert encode_heart_rate(300).hex() == "012c01"


def test_running_speeds_come_out_byte_for_byte(shared_data: Path) -> None:
    seen = 0
    for v in vectors(shared_data, "sig_rsc_hr.json"):
        if "2a53" not in v["characteristic"]:
            continue
        d = v["decoded"]
        made = encode_running_speed(
            d["speed_m_s"],
            d["cadence_per_min"],
            stride_m=d.get("stride_length_m"),
            distance_m=d.get("total_distance_m"),
        )
        assert made.hex() == v["hex"]
        seen += 1
    assert seen == 3
    assert encode_running_speed(3.0, 170, running=True)[0] == 0x04


def test_metamotion_samples_come_out_within_one_count(shared_data: Path) -> None:
    """Within one count: the stated values are rounded to a thousandth of a unit."""
    seen = 0
    for v in vectors(shared_data, "metawear_mms.json"):
        d, raw = v["decoded"], bytes.fromhex(v["hex"])
        if "samples" not in d:
            continue
        made = metamotion.encode_samples(raw[0], raw[1], d["samples"], d["lsb_per_unit"])
        assert made[:2] == raw[:2]
        assert len(made) == len(raw)
        for i in range(2, len(raw), 2):
            ours = int.from_bytes(made[i : i + 2], "little", signed=True)
            theirs = int.from_bytes(raw[i : i + 2], "little", signed=True)
            assert abs(ours - theirs) <= max(1, round(5e-4 * d["lsb_per_unit"] + 0.5))
        seen += 1
    assert seen >= 4


def test_metamotion_commands_come_out_byte_for_byte(shared_data: Path) -> None:
    commands = {
        "BMI270 acc config 200 Hz, +-8 g": metamotion.encode_acc_config(200, 8),
        "BMI270 acc config 100 Hz, +-16 g": metamotion.encode_acc_config(100, 16),
        "acc data interrupt enable": metamotion.encode_acc_enable(),
        "subscribe packed acc (BMI270 reg 0x05)": metamotion.encode_subscribe(
            metamotion.ACCELEROMETER, metamotion.PACKED_DATA
        ),
        "log reset all": metamotion.encode_log_reset(),
        "log start": metamotion.encode_log_state(on=True),
        "log stop": metamotion.encode_log_state(on=False),
    }
    written = [v for v in vectors(shared_data, "metawear_mms.json") if v["direction"] == "write"]
    assert len(written) == len(commands)
    for v in written:
        assert commands[v["name"]].hex() == v["hex"]


@pytest.mark.parametrize(("speed", "cadence"), [(300.0, 400), (0.0, 0)])
def test_values_beyond_a_field_stay_at_its_end(speed: float, cadence: int) -> None:
    made = encode_running_speed(speed, cadence, stride_m=speed * 10, distance_m=1e9)
    assert len(made) == 1 + 2 + 1 + 2 + 4
