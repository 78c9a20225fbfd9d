"""Short packets of the profile "Open Gait IMU", version 1: one sample in 20 bytes, for a small ATT MTU.

They carry the low bits of index and time only, and no configuration. :class:`ShortPackets` tells the
rest from the packets before, and makes whole packets of them.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence

from sensors.drivers.open_gait_imu_bytes import PROFILE_MAJOR
from sensors.sample_block import FloatArray

SHORT_BYTES = 20
"""No whole packet has this length: 16 bytes of header and samples of 12."""
TYPE_SHORT = 0xF

_FIRST_BYTE = PROFILE_MAJOR << 4 | TYPE_SHORT
_WHOLE_FIRST_BYTE = PROFILE_MAJOR << 4
_WHOLE_BYTES = 28
_SHORT = struct.Struct("<BBHI")
_WHOLE = struct.Struct("<BBHIIHBB")
_TIME_WRAP_US = 2**32
_INDEX_WRAP = 2**16
_RESTARTED_US = 60_000_000
"""A device time that is further than this from what the arrivals say is that of another start."""


def is_short(payload: bytes) -> bool:
    """Whether a data notification is a short packet."""
    return len(payload) == SHORT_BYTES and payload[0] == _FIRST_BYTE


def _nearest(low: int, wrap: int, expected: int) -> int:
    """The number nearest to ``expected`` that is ``low`` modulo ``wrap``."""
    return expected + (low - expected + wrap // 2) % wrap - wrap // 2


class ShortPackets:
    """Makes whole packets of the short ones of one device.

    Index and time are those nearest to what the packet before and the arrivals lead to expect. Before
    the first one they are taken as they are: of a device that had streamed for more than 65 536
    samples, or run for more than 71 minutes, the upper bits stay unknown and only differences hold.
    """

    def __init__(self) -> None:
        self._last: tuple[int, int, float] | None = None  # index, device time in µs, arrival

    def whole(
        self, payloads: Sequence[bytes], arrival_s: FloatArray, *, cfg_id: int, rate_hz: float
    ) -> Sequence[bytes]:
        """Data notifications with whole packets in the place of short ones.

        Args:
            payloads: data notifications, in arrival order, over all calls.
            arrival_s: their arrival times, shape (p,), seconds of session time.
            cfg_id: configuration in force.
            rate_hz: sampling rate.
        """
        if SHORT_BYTES not in map(len, payloads):  # nearly always
            if payloads:
                self.follow(payloads[-1], float(arrival_s[-1]))
            return payloads
        found = []
        for payload, at_s in zip(payloads, arrival_s.tolist(), strict=True):
            if is_short(payload):
                found.append(self._widened(payload, at_s, cfg_id, rate_hz))
            else:
                self.follow(payload, at_s)
                found.append(payload)
        return found

    def follow(self, payload: bytes, arrival_s: float) -> None:
        """Know where a whole packet was."""
        if len(payload) >= _WHOLE_BYTES and payload[0] == _WHOLE_FIRST_BYTE:
            _, _, _, index, low, high, _, _ = _WHOLE.unpack_from(payload)
            self._last = (index, low | high << 32, arrival_s)

    def _widened(self, payload: bytes, arrival_s: float, cfg_id: int, rate_hz: float) -> bytes:
        _, flags, index, device_us = _SHORT.unpack_from(payload)
        if self._last is not None:
            last_index, last_us, last_arrival_s = self._last
            expected_us = last_us + round((arrival_s - last_arrival_s) * 1e6)
            wide_us = _nearest(device_us, _TIME_WRAP_US, expected_us)
            if abs(wide_us - expected_us) < _RESTARTED_US and wide_us >= 0:
                steps = round((wide_us - last_us) * 1e-6 * rate_hz)
                index = _nearest(index, _INDEX_WRAP, last_index + steps)
                device_us = wide_us
        index %= 2**32
        device_us %= 2**48
        self._last = (index, device_us, arrival_s)
        head = _WHOLE.pack(
            _WHOLE_FIRST_BYTE,
            (cfg_id & 0x0F) << 4,
            index & 0xFFFF,
            index,
            device_us & 0xFFFFFFFF,
            device_us >> 32,
            1,
            flags,
        )
        return head + payload[_SHORT.size :]
