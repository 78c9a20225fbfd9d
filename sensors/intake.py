"""Takes in notifications: records them first, then makes samples of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from sensors.drivers.side_channel import SideChannel
from sensors.errors import RecordingError
from sensors.notification import Notification
from sensors.recording_writer import RecordingWriter
from sensors.sample_block import SampleBlock
from sensors.sensor_link import SensorLink


class Intake:
    """The way from the radio's callbacks to the recording and to whoever wants samples.

    The callback only appends to a queue; everything else is done by a task of its own, so that a
    slow consumer does not hold up the radio.

    Args:
        now_ns: session time, nanoseconds.
        recording: where to record; None records nothing.
        on_block: gets the samples of each sensor, in time order.
        on_failure: called once, when the recording can no longer be written.
    """

    def __init__(
        self,
        now_ns: Callable[[], int],
        recording: RecordingWriter | None,
        on_block: Callable[[SampleBlock], None],
        on_failure: Callable[[RecordingError], None],
    ) -> None:
        self.failure: RecordingError | None = None
        self._now_ns = now_ns
        self._recording = recording
        self._on_block = on_block
        self._on_failure = on_failure
        self._queue: deque[tuple[SensorLink, str, bytes, int]] = deque()
        self._wake = asyncio.Event()

    def receive(self, link: SensorLink, characteristic: str, payload: bytes) -> None:
        """Take a notification; called by the radio."""
        self._queue.append((link, characteristic, payload, self._now_ns()))
        self._wake.set()

    @property
    def records(self) -> bool:
        """Whether what comes is recorded, as yet."""
        return self._recording is not None and self.failure is None

    async def work(self) -> None:
        """Handle what comes, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            self.drain()

    def drain(self) -> None:
        """Record all that came, then hand on the samples in it."""
        groups: dict[SensorLink, list[Notification]] = {}
        while self._queue:
            link, characteristic, payload, arrival_ns = self._queue.popleft()
            if link.info is None:
                continue
            notification = Notification(link.info.sensor_id, characteristic, payload, arrival_ns)
            self._record_notification(notification)
            groups.setdefault(link, []).append(notification)
            if link.driver.carries_data(characteristic):
                link.last_arrival_ns = arrival_ns
            health = link.driver.health(characteristic, payload)
            if health is not None:
                link.take_health(health)
            if isinstance(link.driver, SideChannel):
                link.reading = link.driver.reading(characteristic, payload) or link.reading
        for link, notifications in groups.items():
            if link.stream is not None:
                for block in link.stream.push(notifications):
                    self._on_block(block)

    def finish(self, links: Iterable[SensorLink]) -> None:
        """Hand on what is left, and close the recording."""
        try:
            self.drain()
            for link in links:
                for block in link.stream.finish() if link.stream is not None else []:
                    self._on_block(block)
        finally:
            self._close()

    def record(self, action: Callable[[RecordingWriter], None]) -> None:
        """Write to the recording; once that fails, do without it."""
        if self._recording is None or self.failure is not None:
            return
        try:
            action(self._recording)
        except RecordingError as error:
            self.failure = error
            self._on_failure(error)

    def _record_notification(self, notification: Notification) -> None:
        self.record(lambda recording: recording.notification(notification))

    def _close(self) -> None:
        if self._recording is None:
            return
        try:
            self._recording.close()
        except RecordingError as error:
            self.failure = self.failure or error
