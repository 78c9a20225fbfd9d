"""The byte stream of a WitMotion sensor: frames at its rate, cut into notifications."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from firmware_sim.devices.attitude import euler_deg, free_acceleration
from firmware_sim.devices.witmotion import frames
from firmware_sim.imu.parts import STANDARD_GRAVITY_M_S2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from firmware_sim.body.jet import Array
    from firmware_sim.devices.worn_imu import Samples, SampleStream

BATCH_S = 0.04
"""Frames are gathered this long: eight at 200 Hz, four at 100, one at 20 Hz and less."""

SPLIT_CHANCE = 0.04
_STRIDE_RAD_S = 2.0 * np.pi * 1.4
_TRANSIENT_FROM_HZ = 100.0
_TRANSIENT_S = (2.0, 6.0)


class Piece(NamedTuple):
    """One notification: its bytes, and the frames that end in it."""

    payload: bytes
    samples: int


class RangeSwitch(NamedTuple):
    """What the chip adds while it measures in its 16 g range (above 2 g), sensor axes.

    Attributes:
        offset_g: Offset, (3,).
        gain: Factor.
    """

    offset_g: Array
    gain: float


class FrameStream:
    """Frames of one flow, from its beginning to the next change of rate.

    Args:
        source: Samples of the chip at the true rate.
        first: Number of the first sample.
        nominal_hz: Rate that the device believes in.
        content: Output content register.
        missing: Share of frames that do not come in the first seconds.
        rng: Random numbers of the flow.
        date: Device date at a number of frames since the beginning; None without date in the frames.
        uptime_s: Device time of sample ``first``, s.
        switch: What the 16 g range adds, or None.
    """

    def __init__(
        self,
        source: SampleStream,
        first: int,
        nominal_hz: float,
        content: int,
        missing: float,
        rng: np.random.Generator,
        date: Callable[[int], frames.DateTime] | None,
        uptime_s: float,
        switch: RangeSwitch | None,
    ) -> None:
        self.source = source
        self.next = first
        self.batch = max(1, round(nominal_hz * BATCH_S))
        self.nominal_hz = nominal_hz
        self._first = first
        self._content = content
        self._date = date
        self._uptime_s = uptime_s
        self._switch = switch
        self._skip = 0
        self._at_once = max(self.batch, int(nominal_hz))
        self._held: list[bytes] = []
        self._held_from = first
        fast = nominal_hz >= _TRANSIENT_FROM_HZ
        self._missing = missing if fast else 0.0
        self._settled = first + int(float(rng.uniform(*_TRANSIENT_S)) * nominal_hz)

    @property
    def last_s(self) -> float:
        """Session time of the sample before the next."""
        return self.source.time_s(self.next - 1)

    def disturb(self, n: int) -> None:
        """A request cost the next ``n`` frames."""
        self._skip += n

    def frames(self, n: int) -> Iterable[tuple[float, bytes | None]]:
        """The next ``n`` samples: session time and frame, None for a frame that did not come."""
        for _ in range(n):
            k = self.next
            self.next += 1
            yield self.source.time_s(k), self._frame(k)

    def _data(self, k: int) -> bytes:
        """The data frame of one sample; they are made a second at a time."""
        at = k - self._held_from
        if not 0 <= at < len(self._held):
            values = self._values(self.source.take(k, self._at_once))
            self._held = [frames.encode_data(row) for row in values]
            self._held_from, at = k, 0
        return self._held[at]

    def _frame(self, k: int) -> bytes | None:
        if self._skip:
            self._skip -= 1
            return None
        since = k - self._first
        if k < self._settled and int((since + 1) * self._missing) > int(since * self._missing):
            return None
        frame = self._data(k)
        if self._content >= 2:
            milliseconds = int((self._uptime_s + since / self.nominal_hz) * 1e3)
            frame = frame[:14] + struct.pack("<IH", milliseconds & 0xFFFFFFFF, 0)
        return frame if self._date is None else frame + self._date(since).tail()

    def _values(self, s: Samples) -> NDArray[np.int16]:
        acc_g = s.acc_m_s2 / STANDARD_GRAVITY_M_S2
        if self._switch is not None:
            wide = np.abs(acc_g).max(axis=1, keepdims=True) > 2.0
            acc_g = np.where(wide, acc_g * self._switch.gain + self._switch.offset_g, acc_g)
        if self._content in (0, 2):
            return frames.counts(acc_g, s.gyr_dps, euler_deg(s.attitude))
        # the vendor's estimate is taken as -a / w^2 at a usual stride rate; millimetres, mm/s in angle units
        free = free_acceleration(s.attitude, s.acc_m_s2, STANDARD_GRAVITY_M_S2)
        shift_mm = -free / _STRIDE_RAD_S**2 * 1e3
        words = np.hstack([shift_mm, shift_mm * _STRIDE_RAD_S, euler_deg(s.attitude)])
        scaled = words / np.repeat([1.0, 1.0, frames.ANGLE_DEG_PER_COUNT], 3)
        return np.asarray(np.clip(np.rint(scaled), -32768, 32767), dtype=np.int16)


class ByteBuffer:
    """Bytes on their way into notifications, which care nothing for where frames end."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends: list[int] = []

    def __len__(self) -> int:
        return len(self._bytes)

    @property
    def frames(self) -> int:
        """Data frames that end in the buffer."""
        return len(self._ends)

    def clear(self) -> None:
        """Forget everything."""
        self._bytes.clear()
        self._ends.clear()

    def add(self, frame: bytes, *, data: bool) -> None:
        """Append a frame; ``data`` for one that carries a sample."""
        self._bytes += frame
        if data:
            self._ends.append(len(self._bytes))

    def pieces(self, limit: int, keep: int = 0) -> list[Piece]:
        """Take all bytes but the last ``keep``, in notifications of at most ``limit`` bytes."""
        found = []
        while len(self._bytes) > keep:
            n = min(limit, len(self._bytes) - keep)
            ended = sum(end <= n for end in self._ends)
            found.append(Piece(bytes(self._bytes[:n]), ended))
            del self._bytes[:n]
            self._ends = [end - n for end in self._ends[ended:]]
        return found
