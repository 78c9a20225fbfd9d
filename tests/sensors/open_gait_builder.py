"""Bytes of an Open Gait IMU, built from the profile's layout and not by the code under test."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sensors.drivers.open_gait_imu import OpenGaitImu
from sensors.notification import Notification
from sensors.session_info import SensorInfo

DATA = "d8a70005-0661-4e6c-b861-ac3ce2dd49da"
SYNC = "d8a70006-0661-4e6c-b861-ac3ce2dd49da"
ACC_SCALE = 0.0047884  # m/s² per count: 16 g over 32 768 counts
GYR_SCALE_DPS = 0.07
PLACEMENT_CODES = {"pelvis": 1, "shank_left": 2, "shank_right": 3}


def info_bytes(major: int = 1) -> bytes:
    head = struct.pack("<BBIH8s3BB", major, 0, 0b10100, 7, bytes(range(8)), 1, 2, 3, 1)
    lists = b"".join(
        struct.pack(f"<B{len(values)}H", len(values), *values)
        for values in ((100, 200, 400), (4, 8, 16), (1000, 2000))
    )
    return head + lists + struct.pack("<IIB", 65536, 0, 30)


def config_bytes(
    cfg_id: int = 3, placement: str = "pelvis", actual_rate_hz: float = 200.0, rate: int = 200
) -> bytes:
    return struct.pack(
        "<BHBHBBBBfff",
        cfg_id, rate, 16, 2000, 10, 3, PLACEMENT_CODES[placement], 0,
        ACC_SCALE, GYR_SCALE_DPS, actual_rate_hz,
    )  # fmt: skip


def packet(
    first_index: int,
    device_us: int,
    samples: np.ndarray,
    *,
    seq: int = 0,
    cfg: int = 3,
    flags: int = 0,
    version_type: int = 0x10,
) -> bytes:
    head = struct.pack(
        "<BBHIIHBB",
        version_type, cfg << 4, seq & 0xFFFF, first_index % 2**32,
        device_us & 0xFFFFFFFF, device_us >> 32, len(samples), flags,
    )  # fmt: skip
    return head + samples.astype("<i2").tobytes()


def sensor_info(sensor_id: str = "S1", placement: str = "pelvis", **config: float) -> SensorInfo:
    return OpenGaitImu().describe(
        info_bytes(), config_bytes(placement=placement, **config), sensor_id=sensor_id
    )


@dataclass(frozen=True)
class VirtualStream:
    """Packets of one sensor, with known true times.

    Attributes:
        notifications: in arrival order.
        sample_time_s: true session time of each sample, shape (n,).
        counts: raw counts of each sample, shape (n, 6).
    """

    notifications: list[Notification]
    sample_time_s: np.ndarray
    counts: np.ndarray


def stream(
    seconds: float,
    *,
    seed: int = 0,
    sensor_id: str = "S1",
    rate_hz: float = 200.6,
    ppm: float = 40.0,
    start_s: float = 1.0,
    boot_s: float = 700.0,
    per_packet: int = 10,
    interval_s: float = 0.015,
    burst: float = 0.02,
) -> VirtualStream:
    """A stream over a link with a connection interval, queueing, bursts and stalls."""
    rng = np.random.default_rng(seed)
    packets = int(seconds * rate_hz / per_packet)
    total = packets * per_packet
    sample_time = start_s + np.arange(total) / rate_hz
    device_us = np.round((boot_s + (sample_time - start_s) * (1 - ppm * 1e-6)) * 1e6).astype(int)
    counts = rng.integers(-3000, 3000, (total, 6))
    sent = sample_time[per_packet - 1 :: per_packet]
    delay = 0.002 + rng.exponential(0.006, packets)
    delay += np.where(rng.random(packets) < burst, rng.uniform(0.0, 0.06, packets), 0.0)
    for stalled in np.flatnonzero(rng.random(packets) < burst / 20):
        until = sent[stalled] + rng.uniform(0.1, 0.27)
        delay = np.maximum(delay, np.where(sent >= sent[stalled], until - sent, 0.0))
    arrival = np.maximum.accumulate(np.ceil((sent + delay) / interval_s) * interval_s)
    notifications = [
        Notification(
            sensor_id,
            DATA,
            packet(
                k * per_packet,
                int(device_us[k * per_packet]),
                counts[k * per_packet : (k + 1) * per_packet],
                seq=k,
            ),
            int(arrival[k] * 1e9),
        )
        for k in range(packets)
    ]
    return VirtualStream(notifications, sample_time, counts)


def merged(*streams: VirtualStream) -> Iterator[Notification]:
    """Notifications of several streams in arrival order."""
    every = [notification for one in streams for notification in one.notifications]
    return iter(sorted(every, key=lambda notification: notification.arrival_ns))
