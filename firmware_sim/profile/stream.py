"""The sample stream of a started device, cut into packets; one code for the radio and the fast path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from firmware_sim.imu.sensor import BLOCK, CountBlock
from firmware_sim.profile.characteristics import DeviceConfig
from firmware_sim.profile.packets import FLAG_ACC_CLIP, FLAG_GYRO_CLIP, encode_packet


class SampleSource(Protocol):
    """Blocks of counts on a fixed grid; see ``ImuSampler``."""

    def block(self, number: int) -> CountBlock:
        """Samples of block ``number``."""


class DeviceClock(Protocol):
    """When samples are taken and what the device clock shows; see ``SensorErrors``."""

    @property
    def sample_hz(self) -> float:
        """True sampling rate, 1/s."""

    def device_time_us(self, t_s: float) -> int:
        """Device clock at a session time."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A packet ready to be sent.

    Attributes:
        payload: The notification.
        sequence: Packet number since START.
        ready_s: Session time of its last sample: it cannot leave before.
    """

    payload: bytes
    sequence: int
    ready_s: float


def packets(
    source: SampleSource,
    clock: DeviceClock,
    config: DeviceConfig,
    start_s: float,
    clock_shift_us: int = 0,
) -> Iterator[Packet]:
    """All packets after a START, without end.

    The sensor samples on its own free-running grid (sample k at k / rate); the first sample sent is the
    first one at or after START.

    Args:
        source: Blocks of counts; asked for in rising order.
        clock: Sample and device clock.
        config: Settings in force; they do not change while streaming.
        start_s: Session time of START, >= 0.
        clock_shift_us: Added to device times (a device that runs on over several sessions).

    Yields:
        Packets in order.
    """
    n = config.packet_samples
    k = int(np.ceil(start_s * clock.sample_hz - 1e-9))
    index = sequence = 0
    held = source.block(k // BLOCK)
    counts = held.counts[k - held.first :]
    acc_clip, gyr_clip = held.acc_clip[k - held.first :], held.gyr_clip[k - held.first :]
    number = k // BLOCK
    while True:
        while len(counts) < n:
            number += 1
            more = source.block(number)
            counts = np.concatenate([counts, more.counts])
            acc_clip = np.concatenate([acc_clip, more.acc_clip])
            gyr_clip = np.concatenate([gyr_clip, more.gyr_clip])
        for i in range(0, len(counts) - n + 1, n):
            flags = FLAG_ACC_CLIP * bool(acc_clip[i : i + n].any())
            flags |= FLAG_GYRO_CLIP * bool(gyr_clip[i : i + n].any())
            payload = encode_packet(
                cfg_id=config.cfg_id,
                sequence=sequence,
                first_index=index,
                device_time_us=clock.device_time_us(k / clock.sample_hz) + clock_shift_us,
                counts=counts[i : i + n],
                flags=flags,
            )
            yield Packet(payload, sequence, (k + n - 1) / clock.sample_hz)
            k, index, sequence = k + n, index + n, sequence + 1
        done = len(counts) // n * n
        counts, acc_clip, gyr_clip = counts[done:], acc_clip[done:], gyr_clip[done:]
