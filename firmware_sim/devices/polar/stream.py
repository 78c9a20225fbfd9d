"""One measurement of a Verity Sense: samples gathered into frames as full as they get."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from firmware_sim.devices.polar.pmd_frames import (
    HEADER_BYTES,
    Measurement,
    encode_compressed,
    encode_header,
    encode_plain,
)
from firmware_sim.imu.parts import STANDARD_GRAVITY_M_S2

if TYPE_CHECKING:
    from collections.abc import Callable

    from firmware_sim.devices.worn_imu import Samples, SampleStream

MOST_SAMPLES = 57
"""Of a compressed frame; the vendor's longest test frame has as many."""

_CHANNEL_BYTES = 2


class Format(NamedTuple):
    """How samples become numbers and frames.

    Attributes:
        frame_type: Bits 0-6 of the frame type.
        compressed: Whether frames carry differences.
        unit: g or deg/s per count.
        factor: Factor in the start reply, None for frames that need none.
    """

    frame_type: int
    compressed: bool
    unit: float
    factor: float | None


class Frame(NamedTuple):
    """One frame.

    Attributes:
        payload: The notification.
        ready_s: Session time of the last sample.
        samples: How many there are.
    """

    payload: bytes
    ready_s: float
    samples: int


class MeasurementStream:
    """Frames of one started measurement.

    Args:
        measurement: ACC or GYRO.
        form: How frames are made.
        limit: Largest count of the range in force.
        source: Samples of the chip.
        first: Number of the first sample.
        clock_ns: Device time of a session time, ns.
    """

    def __init__(
        self,
        measurement: Measurement,
        form: Format,
        limit: int,
        source: SampleStream,
        first: int,
        clock_ns: Callable[[float], int],
    ) -> None:
        self._measurement = measurement
        self._form = form
        self._limit = limit
        self._source = source
        self._next = first
        self._clock_ns = clock_ns

    def frame(self, payload_limit: int) -> Frame:
        """The next frame, as long as fits ``payload_limit`` bytes."""
        room = payload_limit - HEADER_BYTES
        most = MOST_SAMPLES if self._form.compressed else room // (3 * _CHANNEL_BYTES)
        samples = self._counts(self._source.take(self._next, most))
        if self._form.compressed:
            body, held = encode_compressed(samples, _CHANNEL_BYTES, room)
        else:
            body, held = encode_plain(samples, _CHANNEL_BYTES), len(samples)
        self._next += held
        last_s = self._source.time_s(self._next - 1)
        header = encode_header(
            self._measurement,
            self._clock_ns(last_s),
            self._form.frame_type,
            self._form.compressed,
        )
        return Frame(header + body, last_s, held)

    def _counts(self, s: Samples) -> list[list[int]]:
        if self._measurement is Measurement.ACC:
            values = s.acc_m_s2 / STANDARD_GRAVITY_M_S2
        else:
            values = s.gyr_dps
        counts = np.clip(np.rint(values / self._form.unit), -self._limit, self._limit)
        return [[int(v) for v in row] for row in counts]
