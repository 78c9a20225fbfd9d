"""The profile's bytes, golden and against hostile writers."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim import FirmwareError, SimulatedSession
from firmware_sim.profile.characteristics import DeviceConfig, encode_info
from firmware_sim.profile.firmware import Firmware, Op, Status
from firmware_sim.profile.packets import encode_packet

CONFIG = DeviceConfig(1, 200, 16, 2000, 10, 3, 1, 0, 0.00478564, 0.07)


def _firmware(log: list[object] | None = None) -> Firmware:
    log = [] if log is None else log
    return Firmware(
        CONFIG,
        device_time_us=lambda: 0x0102030405,
        battery_percent=lambda: 87,
        on_start=lambda at: log.append(("start", at)),
        on_stop=lambda: log.append("stop"),
    )


def test_golden_packet() -> None:
    counts = np.array([[1, -1, 2, 32767, -32768, 0], [16, 32, 64, 128, 256, 512]], dtype=np.int16)
    packet = encode_packet(
        cfg_id=0x25,
        sequence=0x1_0203,
        first_index=0x01020304,
        device_time_us=0x060504030201,
        counts=counts,
        flags=3,
    )
    assert packet.hex(" ") == (
        "10 50 03 02 04 03 02 01 01 02 03 04 05 06 02 03 "
        "01 00 ff ff 02 00 ff 7f 00 80 00 00 "
        "10 00 20 00 40 00 80 00 00 01 00 02"
    )


def test_golden_info() -> None:
    info = encode_info(2, bytes(range(8)), (1, 2, 3))
    assert info.hex(" ") == (
        "01 00 10 00 00 00 02 00 00 01 02 03 04 05 06 07 01 02 03 01 "
        "01 c8 00 01 10 00 01 d0 07 00 00 00 00 00 00 00 00 32"
    )


def test_golden_config() -> None:
    value = CONFIG.encode()
    assert value[:10].hex(" ") == "01 c8 00 10 d0 07 0a 03 01 00"
    assert struct.unpack("<fff", value[10:]) == pytest.approx((0.00478564, 0.07, 200.0))


def test_session_bytes_carry_placement_and_scales() -> None:
    for code, sensor in enumerate(SimulatedSession(60, seed=4).sensors, start=1):
        assert sensor.config_bytes[8] == code
        acc, gyro, rate = struct.unpack("<fff", sensor.config_bytes[10:])
        assert acc == pytest.approx(sensor.part.acc_lsb_m_s2)
        assert gyro == pytest.approx(sensor.part.gyro_lsb_dps)
        assert rate == 200.0
        assert sensor.info_bytes[8:16].hex().upper() == sensor.serial


def test_config_write_counts_up_and_keeps_scales() -> None:
    firmware = _firmware()
    firmware.write_config(bytes.fromhex("99c80010d00713030200"))
    assert firmware.config.cfg_id == 2
    assert firmware.config.samples_per_packet == 19
    assert firmware.config.placement == 2
    assert firmware.config.acc_scale == CONFIG.acc_scale


@pytest.mark.parametrize(
    "value",
    [
        "01640010d0070a030100",  # 100 Hz
        "01c80008d0070a030100",  # 8 g
        "01c80010e8030a030100",  # 1000 dps
        "01c80010d00714030100",  # 20 samples
        "01c80010d0070a010100",  # accelerometer only
        "01c80010d0070a030900",  # placement 9
        "01c80010d0070a030101",  # logging
        "01c80010d0070a0301",  # short
        "",
    ],
)
def test_settings_the_device_cannot_do_are_refused_and_change_nothing(value: str) -> None:
    firmware = _firmware()
    with pytest.raises(FirmwareError) as caught:
        firmware.write_config(bytes.fromhex(value))
    assert caught.value.att_code == 0x13
    assert firmware.config == CONFIG


def test_start_stop_and_their_wrong_orders() -> None:
    log: list[object] = []
    firmware = _firmware(log)
    assert firmware.control(bytes([Op.STOP, 1])) == bytes([0x82, 1, Status.BAD_STATE])
    assert firmware.control(bytes([Op.START, 2]) + bytes(6)) == bytes([0x81, 2, Status.OK])
    assert firmware.control(bytes([Op.START, 3]) + bytes(6)) == bytes([0x81, 3, Status.BAD_STATE])
    with pytest.raises(FirmwareError) as caught:
        firmware.write_config(CONFIG.encode()[:10])
    assert caught.value.att_code == 0xFC
    assert firmware.control(bytes([Op.STOP, 4])) == bytes([0x82, 4, Status.OK])
    assert log == [("start", 0), "stop"]


@pytest.mark.parametrize("offset_us", [-1, 60_000_001])
def test_start_in_the_past_or_far_future_is_a_bad_argument(offset_us: int) -> None:
    at = (0x0102030405 + offset_us).to_bytes(6, "little")
    assert _firmware().control(bytes([Op.START, 0]) + at)[2] == Status.BAD_ARGUMENT


def test_status_reply() -> None:
    firmware = _firmware()
    firmware.control(bytes([Op.START, 0]) + bytes(6))
    firmware.packets_lost, firmware.samples_sent = 3, 500
    reply = firmware.control(bytes([Op.GET_STATUS, 9]))
    assert reply.hex(" ") == "84 09 00 01 57 03 00 00 00 f4 01 00 00 05 04 03 02 01 00"


def test_time_and_identify_are_kept() -> None:
    firmware = _firmware()
    assert firmware.control(bytes([Op.SET_TIME, 0]) + (123456789).to_bytes(8, "little"))[2] == 0
    assert firmware.utc_us == 123456789
    assert firmware.control(bytes([Op.IDENTIFY, 0, 5]))[2] == 0
    assert firmware.identify_s == 5


@pytest.mark.parametrize("op", [Op.RESEND, Op.LOG_START, Op.LOG_READ, Op.GYRO_BIAS, Op.POWER_OFF])
def test_parts_of_the_profile_that_are_not_there_say_not_available(op: Op) -> None:
    assert _firmware().control(bytes([op, 7])) == bytes([op | 0x80, 7, Status.NOT_AVAILABLE])


@given(st.binary(max_size=40))
def test_any_control_write_gets_a_reply_to_itself_or_an_att_error(request: bytes) -> None:
    if len(request) < 2:
        with pytest.raises(FirmwareError) as caught:
            _firmware().control(request)
        assert caught.value.att_code == 0x0D
        return
    reply = _firmware().control(request)
    assert reply[0] == request[0] | 0x80
    assert reply[1] == request[1]
    assert Status(reply[2]) in Status


@given(st.binary(max_size=40))
def test_any_config_write_is_taken_or_refused(value: bytes) -> None:
    firmware = _firmware()
    try:
        firmware.write_config(value)
    except FirmwareError:
        assert firmware.config == CONFIG
    else:
        assert firmware.config.cfg_id == 2


def test_golden_time_exchange() -> None:
    reply = _firmware().sync(struct.pack("<BBHQ", 1, 0, 7, 0x1122), 0x0102030400)
    assert reply is not None
    assert len(reply) == 28
    assert struct.unpack("<BBHQQQ", reply) == (1, 1, 7, 0x1122, 0x0102030400, 0x0102030405)


@given(st.binary(max_size=30))
def test_any_time_exchange_is_answered_or_ignored(request: bytes) -> None:
    reply = _firmware().sync(request, 5)
    valid = len(request) == 12 and request[:2] == b"\x01\x00"
    assert (reply is not None) == valid
