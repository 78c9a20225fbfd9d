"""Open Gait IMU bytes: right values from right bytes, and an error or values from any bytes."""

from __future__ import annotations

import math
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.drivers import open_gait_imu_bytes as wire
from sensors.drivers import open_gait_imu_packets as packets
from sensors.drivers.open_gait_imu import OpenGaitImu, OpenGaitImuDecoder
from sensors.drivers.registry import driver_for
from sensors.errors import ProtocolError, UnsupportedDevice
from sensors.placement import Placement
from sensors.sample_block import FLAG_BACKFILLED, FLAG_CLIPPED_ACC, FLAG_CLIPPED_GYR
from tests.sensors.open_gait_builder import (
    ACC_SCALE,
    GYR_SCALE_DPS,
    config_bytes,
    info_bytes,
    packet,
    sensor_info,
)


def test_info_and_config_are_read_in_full() -> None:
    info = wire.parse_info(info_bytes())
    assert info.profile == (1, 0)
    assert info.unique_id == "0001020304050607"
    assert info.firmware == "1.2.3"
    assert info.rates_hz == (100, 200, 400)
    assert info.acc_ranges_g == (4, 8, 16)
    assert info.gyr_ranges_dps == (1000, 2000)
    assert (info.ring_bytes, info.clock_ppm) == (65536, 30)
    config = wire.parse_config(config_bytes(cfg_id=5, placement="shank_left", actual_rate_hz=199.0))
    assert (config.cfg_id, config.rate_hz, config.actual_rate_hz) == (5, 200, 199.0)
    assert config.placement is Placement.SHANK_LEFT
    assert config.acc_scale == pytest.approx(ACC_SCALE)


def test_sensor_description_is_in_si() -> None:
    sensor = sensor_info("SER", "shank_right")
    assert sensor.placement is Placement.SHANK_RIGHT
    assert sensor.gyr_scale == pytest.approx(math.radians(GYR_SCALE_DPS))
    assert sensor.acc_range == pytest.approx(16 * 9.80665)
    assert sensor.gyr_range == pytest.approx(math.radians(2000))


def test_packet_decodes_to_si_units_at_device_time() -> None:
    counts = np.arange(60).reshape(10, 6) - 30
    payload = packet(2**32 - 4, 2**40 + 123_456, counts, seq=7)
    batch = OpenGaitImuDecoder(sensor_info()).decode([payload], np.array([1.5]))
    assert batch.damaged == 0
    assert batch.first_index.tolist() == [2**32 - 4]
    assert batch.device_s[0] == pytest.approx((2**40 + 123_456) / 1e6, abs=1e-6)
    assert batch.count.tolist() == [10]
    np.testing.assert_allclose(batch.acc, counts[:, :3] * ACC_SCALE, rtol=1e-6)
    np.testing.assert_allclose(batch.gyr, np.radians(counts[:, 3:] * GYR_SCALE_DPS), rtol=1e-6)


def test_packets_of_several_lengths_decode_like_one_by_one() -> None:
    """The one-reshape way and the general way agree."""
    rng = np.random.default_rng(5)
    payloads = [
        packet(k * 20, k * 100_000, rng.integers(-9000, 9000, (int(n), 6)))
        for k, n in enumerate(rng.integers(1, 20, 40))
    ]
    decoder = OpenGaitImuDecoder(sensor_info())
    together = decoder.decode(payloads, np.arange(40.0))
    single = [decoder.decode([payload], np.zeros(1)) for payload in payloads]
    assert np.array_equal(together.acc, np.concatenate([one.acc for one in single]))
    assert np.array_equal(together.gyr, np.concatenate([one.gyr for one in single]))
    assert np.array_equal(together.device_s, np.concatenate([one.device_s for one in single]))


def test_scales_follow_the_configuration_that_a_packet_names() -> None:
    decoder = OpenGaitImuDecoder(sensor_info())
    other = struct.pack("<BHBHBBBBfff", 4, 200, 8, 1000, 10, 3, 1, 0, 0.5, 2.0, 200.0)
    counts = np.ones((10, 6), dtype=int)
    new = packet(10, 50_000, counts, cfg=4)
    assert decoder.decode([new], np.zeros(1)).damaged == 1, "an unknown configuration was used"
    decoder.add_config(OpenGaitImu().describe(info_bytes(), other, sensor_id="S1"))
    batch = decoder.decode([packet(0, 0, counts), new], np.zeros(2))
    assert batch.acc[0, 0] == pytest.approx(ACC_SCALE)
    assert batch.acc[10, 0] == pytest.approx(0.5)
    assert batch.gyr[10, 0] == pytest.approx(math.radians(2.0))


def test_clipped_and_backfilled_samples_are_flagged() -> None:
    counts = np.zeros((10, 6), dtype=int)
    counts[3, 1] = 32767
    counts[4, 2] = -32768
    counts[6, 5] = round(2000 / GYR_SCALE_DPS)
    batch = OpenGaitImuDecoder(sensor_info()).decode(
        [packet(0, 0, counts, flags=packets.PACKET_BACKFILLED)], np.zeros(1)
    )
    assert np.flatnonzero(batch.sample_flags & FLAG_CLIPPED_ACC).tolist() == [3, 4]
    assert np.flatnonzero(batch.sample_flags & FLAG_CLIPPED_GYR).tolist() == [6]
    assert batch.flags.tolist() == [FLAG_BACKFILLED]


@pytest.mark.parametrize(
    ("payload", "what"),
    [
        (b"", "whole number"),
        (packet(0, 0, np.zeros((10, 6)))[:-1], "whole number"),
        (packet(0, 0, np.zeros((10, 6)), version_type=0x20), "version 2"),
        (packet(0, 0, np.zeros((10, 6)), version_type=0x13), "type 3"),
        (packet(0, 0, np.zeros((10, 6)))[:-12], "header says 10 samples"),
    ],
)
def test_broken_packet_is_left_out_and_its_fault_named(payload: bytes, what: str) -> None:
    good = packet(0, 0, np.ones((10, 6)))
    batch = OpenGaitImuDecoder(sensor_info()).decode([good, payload, good], np.zeros(3))
    assert (batch.damaged, len(batch), len(batch.acc)) == (1, 2, 20)
    with pytest.raises(ProtocolError, match=what) as caught:
        packets.check_packet(payload, packet=17)
    assert caught.value.packet == 17


def test_config_request_changes_rate_and_packet_size_only() -> None:
    request = wire.config_request(config_bytes(), rate_hz=100, samples_per_packet=19)
    assert request == struct.pack("<BHBHBBBB", 3, 100, 16, 2000, 19, 3, 1, 0)


@pytest.mark.parametrize("field", ["acc_scale", "gyr_scale", "rate"])
@pytest.mark.parametrize("value", [math.nan, math.inf, 0.0, -1.0])
def test_impossible_scale_or_rate_is_refused(field: str, value: float) -> None:
    numbers = {"acc_scale": 0.005, "gyr_scale": 0.07, "rate": 200.0} | {field: value}
    payload = struct.pack("<BHBHBBBBfff", 0, 200, 16, 2000, 10, 3, 1, 0, *numbers.values())
    with pytest.raises(ProtocolError):
        wire.parse_config(payload)


def test_other_profile_version_is_refused() -> None:
    with pytest.raises(ProtocolError, match=r"version 2\.0"):
        wire.parse_info(info_bytes(major=2))


def test_unknown_kind_of_sensor_is_named() -> None:
    with pytest.raises(UnsupportedDevice, match="toaster"):
        driver_for("toaster")


def test_sync_reply_bounds_the_offset() -> None:
    reply = struct.pack("<BBHQQQ", 1, 1, 3, 5_000_000, 105_004_000, 105_005_000)
    point = OpenGaitImuDecoder(sensor_info()).sync_point(reply, 5.012)
    assert point is not None
    assert point.lower_s == pytest.approx(-100.004)
    assert point.upper_s == pytest.approx(-99.993)


@given(st.binary(max_size=80))
def test_any_bytes_as_info_config_reply_or_exchange(payload: bytes) -> None:
    """Every parser of single values returns or raises ProtocolError, nothing else."""
    parsers = (wire.parse_info, wire.parse_config, wire.parse_control_reply, wire.parse_sync_reply)
    for parse in parsers:
        try:
            parse(payload)
        except ProtocolError:
            continue


@given(
    st.lists(
        st.one_of(
            st.binary(max_size=300),
            st.builds(
                lambda n, head: bytes((0x10, 0x30)) + head + bytes((n, 0)) + bytes(12 * n),
                st.integers(0, 25),
                st.binary(min_size=12, max_size=12),
            ),
            st.binary(min_size=19, max_size=19).map(lambda rest: b"\x1f" + rest),
        ),
        max_size=12,
    )
)
def test_any_bytes_as_data_packets(payloads: list[bytes]) -> None:
    """Each is decoded or counted as damaged, and both ways to judge agree."""
    batch = OpenGaitImuDecoder(sensor_info()).decode(payloads, np.zeros(len(payloads)))
    assert len(batch) + batch.damaged == len(payloads)
    assert len(batch.acc) == len(batch.gyr) == len(batch.sample_flags) == batch.count.sum()
    assert np.isfinite(batch.acc).all()
    assert np.isfinite(batch.gyr).all()
    refused = 0
    for payload in payloads:
        try:
            packets.check_packet(payload)
        except ProtocolError:
            refused += 1
        else:
            # another configuration, or another IMU of the board
            refused += payload[0] == 0x10 and payload[1] != 0x30
    assert refused == batch.damaged
