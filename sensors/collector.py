"""Collects from all sensors at once: one process, one radio, one recording."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import chain, count, repeat

from sensors.back_fill import BackFill
from sensors.drivers.registry import side_kinds
from sensors.errors import LinkLost, RecordingError, SensorError, SensorNotFound
from sensors.host_clock import host_ns
from sensors.intake import Intake
from sensors.placement import Placement
from sensors.radio import Radio
from sensors.recording_writer import RecordingWriter
from sensors.recovery import Recovery
from sensors.sample_block import SampleBlock
from sensors.scan import SeenDevice, is_known, look_around
from sensors.sensor_link import SYNC_PAUSES_S, SensorLink
from sensors.sensor_status import SensorState, SensorStatus
from sensors.sensor_stream import SensorStream
from sensors.session_info import SensorInfo
from sensors.task_ending import end_tasks

RATE_HZ = 200.0
"""Sampling rate asked for."""
SEARCH_S = 12.0
"""Longest first scan."""
MORE_S = 3.0
"""Further scan, where fewer than all placements are assigned."""
CONNECT_ATTEMPTS = 3
"""Attempts before a sensor is left to the recovery; the first one after a scan fails now and then."""
STATUS_EVERY_S = 1.0
RECORD_STATUS_EVERY = 10
"""Every so many statuses one is recorded."""
SIGNAL_EVENT = "signal"
"""Link event: strength of the signal at a connection, dBm."""
STALL_S = 5.0
"""A link that is up but silent for so long is taken down and made again."""
MISSING_SCAN_S = 5.0
MISSING_EVERY_S = 20.0
"""Pause between looks for a placement without a sensor; a scan takes air time from the streams."""

Stage = Callable[[SensorLink], Coroutine[None, None, None]]


def _ignore(_: object) -> None:
    """Nobody wants to know."""


class Collector:
    """Finds the sensors, streams from them, records, and hands on samples.

    Notifications are recorded as they come, before anything is made of them. The callbacks are
    called from the event loop, one after another; an exception in one ends the run.

    Args:
        radio: where the sensors are.
        placements: placement by sensor id or advertised name, in place of what the sensors say.
        recording: where to record; None records nothing. It is closed at the end of the run.
        on_block: gets the samples of each sensor, in time order.
        on_state: gets the status of a sensor at each change, and once a second.
        search_s: longest first scan.
        side_channels: kinds of side channels to record, too; the nearest of each kind is taken.

    Attributes:
        zero_ns: the process's performance counter at session time zero; known once running.
    """

    def __init__(
        self,
        radio: Radio,
        *,
        placements: Mapping[str, Placement] | None = None,
        recording: RecordingWriter | None = None,
        on_block: Callable[[SampleBlock], None] = _ignore,
        on_state: Callable[[SensorStatus], None] = _ignore,
        search_s: float = SEARCH_S,
        side_channels: Collection[str] = (),
    ) -> None:
        self.zero_ns = 0
        self._radio = radio
        self._placements = dict(placements or {})
        self._recording = recording
        self._on_state = on_state
        self._search_s = search_s
        self._side_channels = tuple(side_channels)
        self._links: list[SensorLink] = []
        self._radio_lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._intake = Intake(self.now_ns, recording, on_block, self._on_recording_failure)
        self._recovery = Recovery(radio, self._radio_lock, self._bring_up, self._set_state)

    def statuses(self) -> tuple[SensorStatus, ...]:
        """All sensors at this moment."""
        return tuple(link.status() for link in self._links)

    def now_ns(self) -> int:
        """Session time, nanoseconds."""
        return host_ns() - self.zero_ns

    def marker(self, text: str, kind: str = "note") -> None:
        """Note something in the recording, at this moment."""
        self._intake.record(lambda recording: recording.marker(self.now_ns(), text, kind))

    async def run(self, stop: asyncio.Event | float) -> None:
        """Collect until told to stop.

        Args:
            stop: an event, or seconds of streaming.

        Raises:
            SensorNotFound: no sensor answered the first scan.
            SensorError: the radio cannot be used.
            RecordingError: the recording could not be written to its end; the samples were
                handed on all the same.
        """
        self._set_zero()
        self._spawn(self._intake.work())
        try:
            if await self._unless_stopped(self._open_all(), stop):
                for worker in (self._keep_clocks(), self._keep_status(), self._seek_missing()):
                    self._spawn(worker)
                for link in self._links:
                    self._tend(link)
                await self._until(stop)
        finally:
            await self._close_all()
        if self._intake.failure is not None:
            raise self._intake.failure

    def _set_zero(self) -> None:
        """Session time zero: when the recording says that the session started, or now."""
        age_ns = 0
        if self._recording is not None:
            age = datetime.now(UTC) - self._recording.session.started_utc
            age_ns = max(0, round(age.total_seconds() * 1e9))
        self.zero_ns = host_ns() - age_ns

    def _tend(self, link: SensorLink) -> None:
        """Bring a sensor back when it is lost, and fill its holes."""
        self._spawn(self._recovery.supervise(link))
        if not link.is_side_channel:
            self._spawn(BackFill(link, lambda: self._intake.records).work())

    def _spawn(self, worker: Coroutine[None, None, None]) -> None:
        self._tasks.add(asyncio.create_task(worker))

    @staticmethod
    async def _unless_stopped(
        opening: Coroutine[None, None, None], stop: asyncio.Event | float
    ) -> bool:
        """Do something, but give it up at a stop event; True when it was done."""
        work = asyncio.ensure_future(opening)
        watched: set[asyncio.Future[object]] = {work}  # type: ignore[arg-type]
        if isinstance(stop, asyncio.Event):
            watched.add(asyncio.ensure_future(stop.wait()))
        try:
            await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                await work
            return work.done()
        finally:
            for each in watched:
                each.cancel()
            await asyncio.wait(watched)

    async def _until(self, stop: asyncio.Event | float) -> None:
        """Wait for the end; a worker that fails is the end, too."""
        waits = stop.wait() if isinstance(stop, asyncio.Event) else asyncio.sleep(stop, True)
        end = asyncio.ensure_future(waits)
        try:
            while not end.done():
                await asyncio.wait({end, *self._tasks}, return_when=asyncio.FIRST_COMPLETED)
                for task in [task for task in self._tasks if task.done()]:
                    self._tasks.discard(task)
                    await task
        finally:
            end.cancel()

    # Opening: find all, connect one after another, configure all, start all

    async def _open_all(self) -> None:
        self._links += map(self._link, self._choose(await self._first_look()))
        for link in self._links:
            for _ in range(CONNECT_ATTEMPTS):
                self._set_state(link, SensorState.CONNECTING)
                if await self._try(link, self._connect):
                    break
        for stage in (self._configure, self._prepare, self._start):
            for link in self._links:
                if link.state is SensorState.CONFIGURING:
                    await self._try(link, stage)
        self._say_missing()

    async def _first_look(self) -> list[SeenDevice]:
        assigned, every = len(self._placements), len(Placement)
        async with self._radio_lock:
            await self._radio.begin(is_known)
            look = partial(look_around, self._radio, beside=self._side_channels)
            seen = await look(self._search_s, enough=assigned or every)
            if seen and 0 < assigned < every:  # others may say themselves where they are worn
                known = {each.device.address for each in seen}
                seen += await look(MORE_S, enough=every - assigned, skip=known)
        if not seen:
            raise SensorNotFound(
                f"no sensor answered within {self._search_s:g} s",
                remedy="Switch the sensors on, bring them near, and make sure that no other"
                " program is connected to them",
            )
        return seen

    def _choose(self, found: list[SeenDevice]) -> list[SeenDevice]:
        """All sensors, and of each kind of side channel that is missing the strongest."""
        missing = self._missing_side_channels()
        chosen: list[SeenDevice] = []
        for seen in found:
            kind = seen.driver.kind
            if kind in missing:
                missing.discard(kind)
            elif kind in side_kinds():
                continue
            chosen.append(seen)
        return chosen

    def _missing_side_channels(self) -> set[str]:
        return set(self._side_channels) - {link.driver.kind for link in self._links}

    def _link(self, seen: SeenDevice) -> SensorLink:
        return SensorLink(self._radio, seen, lambda: self.now_ns() // 1000, self._intake.receive)

    async def _try(self, link: SensorLink, stage: Stage) -> bool:
        """Take a sensor one stage on; what goes wrong is left to the recovery."""
        try:
            await stage(link)
        except SensorError as error:
            await link.disconnect()
            self._set_state(link, SensorState.RECOVERING, str(error))
            return False
        return True

    async def _connect(self, link: SensorLink) -> None:
        async with self._radio_lock:
            info = await link.connect()
        link.info = info
        time_ns, signal = self.now_ns(), f"{link.seen.rssi} dBm"
        self._intake.record(
            lambda recording: recording.link_event(time_ns, link.label, SIGNAL_EVENT, signal)
        )
        if link.is_side_channel:
            self._set_state(link, SensorState.CONFIGURING)
            return
        placement = self._placement_of(link, info)
        refused = self._why_not(link, placement)
        if refused:
            link.placement = None
            await link.disconnect()
            self._set_state(link, SensorState.UNUSED, f"{refused}; assign it to use it")
            return
        link.placement = placement
        self._set_state(link, SensorState.CONFIGURING)

    def _why_not(self, link: SensorLink, placement: Placement | None) -> str:
        """Why a sensor is not used; empty when it is."""
        if placement is None:
            return "has no placement"
        if any(other.placement is placement for other in self._links if other is not link):
            return f"is a second {placement.label}"
        names = {link.label, link.seen.name}
        others = [name for name, at in self._placements.items() if at is placement]
        if others and not names & set(others):
            return f"says {placement.label}, which is assigned to {others[0]}"
        return ""

    def _placement_of(self, link: SensorLink, info: SensorInfo) -> Placement | None:
        for key in (info.sensor_id, link.seen.name):
            if key in self._placements:
                return self._placements[key]
        return info.placement

    async def _configure(self, link: SensorLink) -> None:
        """Set a sensor up; use and record its configuration, if new."""
        info = replace(await link.configure(RATE_HZ), placement=link.placement)
        link.info = info
        if info in link.configs:
            return
        link.configs.append(info)
        if link.stream is not None:
            link.stream.add_config(info)
        elif not link.is_side_channel:
            link.stream = SensorStream(info)
        self._intake.record(lambda recording: recording.add_sensor(info))

    async def _prepare(self, link: SensorLink) -> None:
        await link.subscribe()
        await link.compare_clocks()

    async def _start(self, link: SensorLink) -> None:
        await link.start()
        link.last_arrival_ns = self.now_ns()
        self._set_state(link, SensorState.STREAMING)

    async def _bring_up(self, link: SensorLink) -> None:
        """All stages for a sensor that comes late, or again."""
        await self._connect(link)
        for stage in (self._configure, self._prepare, self._start):
            if link.state is SensorState.CONFIGURING:
                await stage(link)

    def _say_missing(self) -> None:
        for placement in self._missing():
            self._on_state(
                SensorStatus(
                    sensor_id="",
                    name="",
                    placement=placement,
                    state=SensorState.SEARCHING,
                    message="not found yet; still looking",
                )
            )

    def _missing(self) -> list[Placement]:
        wanted = set(self._placements.values()) or set(Placement)
        worn = {link.placement for link in self._links}
        return [placement for placement in Placement if placement in wanted - worn]

    # Streaming

    def _set_state(self, link: SensorLink, state: SensorState, message: str = "") -> None:
        if (state, message) == (link.state, link.message):
            return
        link.state, link.message = state, message
        time_ns = self.now_ns()
        self._intake.record(
            lambda recording: recording.link_event(time_ns, link.label, state.value, message)
        )
        self._on_state(link.status())

    def _on_recording_failure(self, error: RecordingError) -> None:
        for link in self._links:
            link.message = f"not recorded any more: {error}"
            self._on_state(link.status())

    def _streaming(self) -> list[SensorLink]:
        return [link for link in self._links if link.state is SensorState.STREAMING]

    async def _keep_clocks(self) -> None:
        for pause_s in chain(SYNC_PAUSES_S, repeat(SYNC_PAUSES_S[-1])):
            for link in self._streaming():
                try:
                    await link.compare_clocks()
                except LinkLost:
                    continue  # its supervisor knows
            await asyncio.sleep(pause_s)

    async def _keep_status(self) -> None:
        before: dict[SensorLink, int] = {}
        last = time.monotonic()
        for turn in count(1):
            await asyncio.sleep(STATUS_EVERY_S)
            now = time.monotonic()
            for link in self._links:
                samples = link.stream.counts.samples if link.stream is not None else 0
                rate_hz = (samples - before.get(link, samples)) / (now - last)
                link.rate_hz += 0.4 * (rate_hz - link.rate_hz) if link.rate_hz else rate_hz
                before[link] = samples
                self._on_state(link.status())
                if turn % RECORD_STATUS_EVERY == 0:
                    self._record_status(link)
            steady = now - last < 2.0 * STATUS_EVERY_S  # else this program was held up, not they
            for link in self._streaming() if steady else ():
                silent_ns = self.now_ns() - link.last_arrival_ns
                if silent_ns > STALL_S * 1e9 and not link.is_side_channel:
                    await link.disconnect()
                    link.lost.set()
            last = now

    def _record_status(self, link: SensorLink) -> None:
        if link.info is None or link.state is SensorState.UNUSED:
            return
        time_ns, numbers = self.now_ns(), link.status().numbers()
        self._intake.record(lambda recording: recording.status(time_ns, link.label, numbers))

    async def _seek_missing(self) -> None:
        """Look for placements without a sensor and for side channels, now and then."""
        while True:
            await asyncio.sleep(MISSING_EVERY_S)
            missing, beside = self._missing(), self._missing_side_channels()
            if not missing and not beside:
                continue
            known = {link.seen.device.address for link in self._links}
            try:
                async with self._radio_lock:
                    found = await look_around(
                        self._radio,
                        MISSING_SCAN_S,
                        enough=min(1, len(missing)),
                        skip=known,
                        beside=beside,
                    )
            except SensorError:
                continue  # the streams go on; the next look may be luckier
            for seen in self._choose(found):
                if not missing and seen.driver.kind not in beside:
                    continue
                link = self._link(seen)
                self._links.append(link)
                await self._try(link, self._bring_up)
                self._tend(link)
            self._say_missing()

    # Closing

    async def _close_all(self) -> None:
        """Stop all sensors, hand on what is left, close the recording."""
        await end_tasks(self._tasks)
        for link in self._links:
            try:
                await link.stop()
            except SensorError as error:
                link.message = str(error)
        for link in self._links:
            await link.disconnect()
        self._intake.finish(self._links)
