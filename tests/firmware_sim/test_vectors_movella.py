"""Captured and printed Movella DOT bytes: the simulator's encoders make the same."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.devices.movella.messages import (
    Message,
    checksum,
    encode_address,
    encode_message,
    parse_message,
)
from firmware_sim.devices.movella.payloads import (
    LONG,
    MEDIUM,
    MODES,
    PADDED_BYTES,
    SHORT,
    Reading,
    characteristic_of,
    encode_payload,
)

PRINTED_WITH_A_WRONG_CHECKSUM = {"StartRecording 30 min": 0xE4, "ACK StartRecording": 0xE1}
"""The maker's document breaks its own rule in these two; what the rule gives instead."""

SIZES = {
    2: 36, 3: 32, 4: 16, 5: 20, 6: 16, 7: 32, 16: 28, 18: 38, 19: 32,
    20: 34, 21: 28, 22: 40, 23: 34, 24: 32, 26: 44,
}  # fmt: skip


def vectors(shared_data: Path) -> list[dict[str, Any]]:
    path = shared_data / "ble_vectors" / "movella_dot.json"
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["vectors"]
    return found


def reading(**known: Any) -> Reading:
    zeros = {
        "quaternion": (1.0, 0.0, 0.0, 0.0),
        "euler_deg": (0.0,) * 3,
        "free_acc_m_s2": (0.0,) * 3,
        "acc_m_s2": (0.0,) * 3,
        "gyr_dps": (0.0,) * 3,
        "mag_ut": (0.0,) * 3,
        "dq": (1.0, 0.0, 0.0, 0.0),
        "dv_m_s": (0.0,) * 3,
        "status": 0,
        "clips": (0, 0),
    }
    return Reading(**{**zeros, **known})


def test_measurement_packets_come_out_byte_for_byte(shared_data: Path) -> None:
    """Exact: the printed values have enough digits for every bit of the floats."""
    packets = [v for v in vectors(shared_data) if "payload_mode" in v]
    assert len(packets) >= 2
    for v in packets:
        d = v["decoded"]
        made = encode_payload(
            v["payload_mode"], d["timestamp_us"], reading(free_acc_m_s2=d["free_acc_m_s2"])
        )
        assert made.hex() == v["hex"]
        assert characteristic_of(v["payload_mode"]) == v["characteristic"].lower()


def test_messages_come_out_byte_for_byte_but_for_the_two_misprinted_checksums(
    shared_data: Path,
) -> None:
    messages = [v for v in vectors(shared_data) if "mid" in v["decoded"]]
    assert len(messages) == 19
    wrong = {}
    for v in messages:
        d, printed = v["decoded"], bytes.fromhex(v["hex"])
        made = encode_message(d["mid"], bytes.fromhex(d["data"]))
        assert made[:-1] == printed[:-1]
        assert (made == printed) == d["checksum_ok"]
        if made != printed:
            wrong[v["name"]] = made[-1]
            assert parse_message(printed) is None
        assert parse_message(made) == Message(d["mid"], bytes.fromhex(d["data"]))
    assert wrong == PRINTED_WITH_A_WRONG_CHECKSUM


def test_the_root_s_address_is_sent_backwards(shared_data: Path) -> None:
    (v,) = [v for v in vectors(shared_data) if "root_mac" in v["decoded"]]
    data = b"\x01" + encode_address(v["decoded"]["root_mac"])
    assert encode_message(2, data).hex() == v["hex"]


def test_every_payload_mode_has_its_size_and_is_padded_with_zeros() -> None:
    assert set(MODES) == set(SIZES)
    full = reading(
        quaternion=(0.5, -0.5, 0.5, -0.5),
        euler_deg=(10.0, 20.0, 30.0),
        free_acc_m_s2=(1.0, 2.0, 3.0),
        acc_m_s2=(4.0, 5.0, 6.0),
        gyr_dps=(7.0, 8.0, 9.0),
        mag_ut=(40.0, -40.0, 20.0),
        dq=(1.0, 0.5, 0.25, 0.125),
        dv_m_s=(0.1, 0.2, 0.3),
        status=0x1FF,
        clips=(3, 2),
    )
    for mode, size in SIZES.items():
        made = encode_payload(mode, 2**32 + 5, full)
        assert len(made) == PADDED_BYTES[characteristic_of(mode)] == {
            SHORT: 20, MEDIUM: 40, LONG: 63
        }[characteristic_of(mode)]  # fmt: skip
        assert made[:4] == b"\x05\0\0\0"
        assert made[size:] == bytes(len(made) - size)
        assert any(made[size - 2 : size])
    assert struct.unpack("<10f", encode_payload(26, 0, full)[4:44]) == (
        0.5, -0.5, 0.5, -0.5, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0
    )  # fmt: skip
    assert struct.unpack("<3h", encode_payload(20, 0, full)[28:34]) == (4096, -4096, 2048)
    assert struct.unpack("<HBB", encode_payload(2, 0, full)[32:36]) == (0x1FF, 3, 2)


@given(st.integers(0, 255), st.binary(min_size=1, max_size=120))
def test_a_message_is_understood_and_one_changed_bit_is_not(group: int, data: bytes) -> None:
    made = encode_message(group, data)
    assert sum(made) % 256 == 0
    assert parse_message(made) == Message(group, data)
    changed = bytearray(made)
    changed[-1] ^= 1
    assert parse_message(bytes(changed)) is None
    assert checksum(made) == 0


@pytest.mark.parametrize("text", ["", "01", "0100ff", "010501", "02ff0102"])
def test_a_cut_message_is_not_understood(text: str) -> None:
    assert parse_message(bytes.fromhex(text)) is None
