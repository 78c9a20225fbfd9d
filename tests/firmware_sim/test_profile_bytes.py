"""The profile's bytes, golden and against hostile writers."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim import FirmwareError, SimulatedSession
from firmware_sim.imu.parts import BMI270, ICM_42688, MTI_1
from firmware_sim.profile import uuids
from firmware_sim.profile.characteristics import Capability, DeviceConfig, encode_info
from firmware_sim.profile.checksums import crc16
from firmware_sim.profile.control import Op, Status, encode_status, sync_reply
from firmware_sim.profile.packets import encode_mini_packet, encode_packet
from tests.firmware_sim.open_host import OpenHost

CONFIG = DeviceConfig(1, 200, 16, 2000, 10, 3, 1, 1, 0.00478564, 0.07)
SESSION = SimulatedSession(20, seed=1, part="BMI270")


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


def test_golden_packet_of_the_accelerometer_alone() -> None:
    packet = encode_packet(
        cfg_id=2,
        sequence=1,
        first_index=10,
        device_time_us=5,
        counts=np.array([[1, 2, 3]], dtype=np.int16),
        flags=0,
    )
    assert packet.hex(" ") == "12 20 01 00 0a 00 00 00 05 00 00 00 00 00 01 00 01 00 02 00 03 00"


def test_golden_short_packet() -> None:
    packet = encode_mini_packet(
        index=0x1_0203,
        device_time_us=0x0605_04030201,
        counts=np.array([[1, -1, 2, 3, 4, 5]], dtype=np.int16),
        flags=0x41,
    )
    assert packet.hex(" ") == "1f 41 03 02 01 02 03 04 01 00 ff ff 02 00 03 00 04 00 05 00"


def test_golden_info() -> None:
    info = encode_info(
        2,
        bytes(range(8)),
        (1, 2, 3),
        capabilities=Capability.RAM_RING | Capability.SYNC,
        rates_hz=(100, 200),
        acc_ranges_g=(8, 16),
        gyro_ranges_dps=(2000,),
        ring_bytes=0xC000,
        flash_bytes=0x1000000,
    )
    assert info.hex(" ") == (
        "01 00 14 00 00 00 02 00 00 01 02 03 04 05 06 07 01 02 03 01 "
        "02 64 00 c8 00 02 08 00 10 00 01 d0 07 00 c0 00 00 00 00 00 01 32"
    )


def test_golden_config() -> None:
    value = CONFIG.encode()
    assert value[:10].hex(" ") == "01 c8 00 10 d0 07 0a 03 01 01"
    assert struct.unpack("<fff", value[10:]) == pytest.approx((0.00478564, 0.07, 200.0))


def test_golden_status_and_checksums() -> None:
    data = encode_status(1, 87, 3, 500, 0x0102030405)
    assert data.hex(" ") == "01 57 03 00 00 00 f4 01 00 00 05 04 03 02 01 00"
    assert crc16(b"123456789") == 0x29B1


def test_session_bytes_carry_placement_and_scales() -> None:
    for code, sensor in enumerate(SimulatedSession(60, seed=4).sensors, start=1):
        assert sensor.config_bytes[8] == code
        acc, gyro, rate = struct.unpack("<fff", sensor.config_bytes[10:])
        assert acc == pytest.approx(sensor.part.acc_lsb_m_s2)
        assert gyro == pytest.approx(sensor.part.gyro_lsb_dps)
        assert rate == 200.0
        assert sensor.info_bytes[8:16].hex().upper() == sensor.serial
        assert sensor.info_bytes[2] == 0b0011100  # RAM ring, flash log, sync


def test_config_write_counts_up_and_scales_follow_the_ranges() -> None:
    changed = CONFIG.changed_by(bytes.fromhex("99680008e80313030202"), ICM_42688)
    assert changed is not None
    assert (changed.cfg_id, changed.rate_hz, changed.placement, changed.log_mode) == (2, 104, 2, 2)
    assert changed.samples_per_packet == 19
    assert changed.acc_scale == pytest.approx(8 * 9.80665 / 32768)
    assert changed.gyro_scale == pytest.approx(1 / 32.8)
    assert changed.changed_by(changed.encode(), ICM_42688) is not None  # as it was read


@pytest.mark.parametrize(
    "value",
    [
        "014b0010d0070a030100",  # 75 Hz
        "01c80020d0070a030100",  # 32 g
        "01c80010fa000a030100",  # 250 dps
        "01c80010d00714030100",  # 20 samples
        "01c80010d0070a020100",  # gyroscope only
        "01c80010d0070a070100",  # magnetometer
        "01c80010d0070a030900",  # placement 9
        "01c80010d0070a030103",  # log mode 3
        "01c80010d0070a0301",  # short
        "",
    ],
)
def test_settings_the_device_cannot_do_are_refused_and_change_nothing(value: str) -> None:
    host = OpenHost(SESSION)
    before = host.device.read(uuids.CONFIG)
    with pytest.raises(FirmwareError) as caught:
        host.device.write(uuids.CONFIG, bytes.fromhex(value))
    assert caught.value.att_code == 0x13
    assert host.device.read(uuids.CONFIG) == before


def test_ranges_of_a_part_are_its_own() -> None:
    request = bytes.fromhex("01c80008d0070a030100")
    assert CONFIG.changed_by(request, BMI270) is not None
    assert CONFIG.changed_by(request, MTI_1) is None  # 16 g only


def test_start_stop_and_their_wrong_orders() -> None:
    host = OpenHost(SESSION)
    assert host.ask(Op.STOP) == (Status.BAD_STATE, b"")
    assert host.ask(Op.START, bytes(6)) == (Status.OK, b"")
    assert host.ask(Op.START, bytes(6)) == (Status.BAD_STATE, b"")
    with pytest.raises(FirmwareError) as caught:
        host.configure(n=5)
    assert caught.value.att_code == 0xFC
    assert host.ask(Op.STOP) == (Status.OK, b"")
    host.configure(n=5)


@pytest.mark.parametrize("offset_us", [-1, 60_000_001])
def test_start_in_the_past_or_far_future_is_a_bad_argument(offset_us: int) -> None:
    host = OpenHost(SESSION)
    at = (host.device.device_us() + offset_us).to_bytes(6, "little")
    assert host.ask(Op.START, at)[0] == Status.BAD_ARGUMENT


def test_start_at_a_device_time_gives_the_first_sample_then() -> None:
    host = OpenHost(SESSION)
    at_us = host.device.device_us() + 500_000
    assert host.ask(Op.START, at_us.to_bytes(6, "little"))[0] == Status.OK
    host.run(1.0)
    first_us = int.from_bytes(host.data[0][8:14], "little")
    assert 0 <= first_us - at_us < 5_100


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_any_control_write_gets_a_reply_to_itself_or_an_att_error(request: bytes) -> None:
    host = OpenHost(SESSION)
    if len(request) < 2:
        with pytest.raises(FirmwareError) as caught:
            host.device.write(uuids.CONTROL, request)
        assert caught.value.att_code == 0x0D
        return
    host.device.write(uuids.CONTROL, request)
    host.run(0.0)
    reply = host.got[uuids.CONTROL][0]
    assert reply[0] == request[0] | 0x80
    assert reply[1] == request[1]
    assert Status(reply[2]) in Status


@settings(deadline=None, max_examples=50)
@given(st.sampled_from(list(Op)), st.binary(max_size=12))
def test_any_arguments_while_streaming_are_answered(op: Op, args: bytes) -> None:
    host = OpenHost(SESSION)
    host.start()
    host.run(0.2)
    status, _ = host.ask(op, args)
    assert Status(status) in Status
    host.run(0.5)  # whatever was begun does no harm


@given(st.binary(max_size=40))
def test_any_config_write_is_taken_or_refused(value: bytes) -> None:
    changed = CONFIG.changed_by(value, BMI270)
    assert changed is None or changed.cfg_id == 2


def test_golden_time_exchange() -> None:
    reply = sync_reply(struct.pack("<BBHQ", 1, 0, 7, 0x1122), 0x0102030400, 0x0102030405)
    assert reply is not None
    assert len(reply) == 28
    assert struct.unpack("<BBHQQQ", reply) == (1, 1, 7, 0x1122, 0x0102030400, 0x0102030405)


@given(st.binary(max_size=30))
def test_any_time_exchange_is_answered_or_ignored(request: bytes) -> None:
    reply = sync_reply(request, 5, 6)
    valid = len(request) == 12 and request[:2] == b"\x01\x00"
    assert (reply is not None) == valid
