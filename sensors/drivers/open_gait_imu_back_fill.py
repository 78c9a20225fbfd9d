"""Asks a sensor of the open profile for samples that did not come."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeAlias

from sensors.drivers import open_gait_imu_bytes as wire
from sensors.drivers.base import FillOutcome, Listen
from sensors.drivers.open_gait_imu_bulk import LOG_BY_ITSELF, BulkStream, LogEntry, parse_entries
from sensors.errors import ProtocolError
from sensors.holes import Missing
from sensors.session_info import SensorInfo

if TYPE_CHECKING:
    from bleak import BleakClient

SILENCE_S = 3.0
"""A stream of chunks that rests for so long has ended, chunks and all."""
_SAME_CLOCK_S = 2.0
_RATE_ERROR = 0.02
_MOST_SAMPLES = 0xFFFF

Control: TypeAlias = (
    "Callable[[BleakClient, wire.Op, bytes], Coroutine[Any, Any, wire.ControlReply]]"
)
"""Writes a request with its arguments and waits for the reply."""


async def fill(
    control: Control, client: BleakClient, sensor: SensorInfo, missing: Missing, listen: Listen
) -> FillOutcome:
    """Ask for missing samples: from the ring in memory, or from a log that was kept meanwhile.

    Args:
        control: requests of the device.
        client: connected client, subscribed to Bulk.
        sensor: the device.
        missing: what did not come.
        listen: shows notifications of Bulk.

    Raises:
        SensorError: the device does not answer.
    """
    info = wire.parse_info(sensor.info)
    if not info.capabilities & (wire.CAPABILITY_RING | wire.CAPABILITY_LOG):
        return FillOutcome.GONE
    samples = min(missing.samples, _MOST_SAMPLES)
    args = missing.first_index.to_bytes(4, "little") + samples.to_bytes(2, "little")
    watch = _Watch()
    with listen(wire.BULK, watch.hear):
        reply = await control(client, wire.Op.RESEND, args)
        if reply.status == wire.Status.OK and len(reply.data) >= 7:
            held_from = int.from_bytes(reply.data[1:5], "little")
            await watch.whole(reply.data[0])
            if held_from == missing.first_index:
                return FillOutcome.SENT if watch.sound else FillOutcome.LATER
        elif reply.status == wire.Status.BUSY:
            return FillOutcome.LATER
    if not info.capabilities & wire.CAPABILITY_LOG:
        return FillOutcome.GONE
    return await _from_logs(control, client, sensor, missing, listen)


async def _from_logs(
    control: Control, client: BleakClient, sensor: SensorInfo, missing: Missing, listen: Listen
) -> FillOutcome:
    info = wire.parse_info(sensor.info)
    watch = _Watch()
    with listen(wire.BULK, watch.hear):
        reply = await control(client, wire.Op.LOG_LIST, b"")
        if reply.status != wire.Status.OK or not reply.data:
            return FillOutcome.LATER if reply.status == wire.Status.BUSY else FillOutcome.GONE
        listed = await watch.whole(reply.data[0])
    if not watch.sound:
        return FillOutcome.LATER
    try:
        entries = [one for one in parse_entries(listed) if _holds(one, missing, sensor.rate_hz)]
    except ProtocolError:
        return FillOutcome.LATER
    for entry in entries:
        watch = _Watch()
        with listen(wire.BULK, watch.hear):
            args = entry.log.to_bytes(2, "little") + bytes(8)
            reply = await control(client, wire.Op.LOG_READ, args)
            if reply.status != wire.Status.OK or not reply.data:
                return FillOutcome.LATER
            await watch.whole(reply.data[0])
        if not watch.sound:
            return FillOutcome.LATER
        key = bytes.fromhex(info.unique_id)[:4]
        await control(client, wire.Op.LOG_ERASE, key + entry.log.to_bytes(2, "little"))
    return FillOutcome.SENT if entries else FillOutcome.GONE


def _holds(entry: LogEntry, missing: Missing, rate_hz: float) -> bool:
    """Whether a log that the device opened by itself has some of the missing samples."""
    if not entry.flags & LOG_BY_ITSELF or not entry.samples:
        return False
    ahead = (entry.first_index - missing.first_index + 2**31) % 2**32 - 2**31
    if not -entry.samples < ahead < missing.samples:
        return False
    # The same index may be of another start: then the device's clock says something else.
    expected_s = missing.device_s + ahead / rate_hz
    off_s = abs(entry.device_us * 1e-6 - expected_s)
    return off_s < _SAME_CLOCK_S + _RATE_ERROR * abs(ahead) / rate_hz


class _Watch:
    """Waits for the end of a stream of chunks, whose first ones may come before the reply."""

    def __init__(self) -> None:
        import asyncio  # who only reads recordings has no need of it

        self._early: list[bytes] = []
        self._stream: BulkStream | None = None
        self._heard = asyncio.Event()

    @property
    def sound(self) -> bool:
        """Whether the whole stream came."""
        return self._stream is not None and self._stream.sound

    def hear(self, payload: bytes) -> None:
        """Take a notification of Bulk."""
        if self._stream is None:
            if len(self._early) < 64:
                self._early.append(payload)
        elif self._stream.feed(payload):
            self._heard.set()

    async def whole(self, stream: int) -> bytes:
        """Wait for the end; returns the data, where it is a list."""
        import asyncio  # who only reads recordings has no need of it

        self._stream = BulkStream(stream)
        for payload in self._early:
            self._stream.feed(payload)
        while not self._stream.ended:
            self._heard.clear()
            try:
                async with asyncio.timeout(SILENCE_S):
                    await self._heard.wait()
            except TimeoutError:
                break
        return self._stream.data
