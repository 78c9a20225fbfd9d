"""The connection to one sensor: connect, configure, start, stop."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Iterator

from bleak import BleakClient

from sensors.drivers.base import Device, FillOutcome, SensorHealth
from sensors.drivers.side_channel import Reading, SideChannel
from sensors.errors import LinkLost, SensorError
from sensors.holes import Missing
from sensors.placement import Placement
from sensors.plain_reason import plain_reason
from sensors.radio import Radio
from sensors.scan import RADIO_ERRORS, SeenDevice
from sensors.sensor_status import SensorState, SensorStatus
from sensors.sensor_stream import SensorStream
from sensors.session_info import SensorInfo

SYNC_EXCHANGES = 8
"""Exchanges of messages in one burst."""
SYNC_SPACING_S = (0.01, 0.05)
"""Shortest and longest time from one to the next: uneven, so that they meet the connection events at every
phase, and some of them hardly wait."""
SYNC_PAUSES_S = (2.0, 2.0, 3.0, 4.0, 5.0, 10.0)
"""Pauses from one burst to the next; the last is kept."""
GOLDEN = 0.618033988749895
"""Multiples of it, modulo one, spread as evenly as can be, however many there are."""

Received = Callable[["SensorLink", str, bytes], None]


class SensorLink:
    """One sensor of a recording, through losses of its link.

    Args:
        radio: where to connect.
        seen: the device.
        now_us: session time, microseconds.
        received: gets each notification's characteristic and bytes; must return at once.

    Attributes:
        seen: the device, as last seen.
        info: who it is and how it is configured; None before the first connection.
        configs: its configurations so far, in order.
        stream: its samples; None until it has a placement.
        state: what it is doing.
        message: what the user should know.
        battery_percent: charge; None while not known.
        temperature_c: temperature of the sensor; None while not known.
        reading: last reading of a side channel.
        last_arrival_ns: session time of its last notification of samples.
        lost: set when the link ended before it was asked to.
    """

    def __init__(
        self, radio: Radio, seen: SeenDevice, now_us: Callable[[], int], received: Received
    ) -> None:
        self.seen = seen
        self.info: SensorInfo | None = None
        self.configs: list[SensorInfo] = []
        self.stream: SensorStream | None = None
        self.placement: Placement | None = None
        self.state = SensorState.CONNECTING
        self.message = ""
        self.battery_percent: int | None = None
        self.temperature_c: float | None = None
        self.reading: Reading | None = None
        self.rate_hz = 0.0
        self.last_arrival_ns = 0
        self.lost = asyncio.Event()
        self._radio = radio
        self._now_us = now_us
        self._received = received
        self._client: BleakClient | None = None
        self._sync_seq = 0
        self._listeners: list[tuple[str, Callable[[bytes], None]]] = []

    @property
    def driver(self) -> Device:
        """Who knows this kind of sensor."""
        return self.seen.driver

    @property
    def is_side_channel(self) -> bool:
        """Whether it gives readings in place of samples, and has no placement."""
        return isinstance(self.driver, SideChannel)

    @property
    def label(self) -> str:
        """Serial, or the name while the serial is not known."""
        return self.info.sensor_id if self.info is not None else self.seen.name

    def status(self) -> SensorStatus:
        """What it is doing right now."""
        counts = self.stream.counts if self.stream is not None else None
        return SensorStatus(
            sensor_id=self.info.sensor_id if self.info is not None else self.seen.device.address,
            name=self.seen.name,
            placement=self.placement,
            state=self.state,
            battery_percent=self.battery_percent,
            rate_hz=self.rate_hz,
            samples=counts.samples if counts is not None else 0,
            lost_samples=counts.lost if counts is not None else 0,
            clipped_samples=counts.clipped if counts is not None else 0,
            late_samples=counts.late if counts is not None else 0,
            damaged_packets=counts.damaged if counts is not None else 0,
            temperature_c=self.temperature_c,
            reading=self.reading,
            rssi=self.seen.rssi,
            time_uncertainty_s=self._time_uncertainty_s(),
            message=self.message,
        )

    def _time_uncertainty_s(self) -> float | None:
        known = self.stream.uncertainty_s if self.stream is not None else math.inf
        return known if math.isfinite(known) else None

    async def connect(self) -> SensorInfo:
        """Connect and read who it is; nothing is written to the sensor.

        Returns:
            The sensor as it is configured at present.

        Raises:
            LinkLost: it could not be connected to, or went away.
            ProtocolError: it does not speak its protocol.
        """
        await self.disconnect()  # a client whose link was lost still holds its subscriptions
        self.lost.clear()
        client = self._radio.client(self.seen.device, disconnected_callback=self._on_disconnected)
        try:
            await client.connect()
            self._client = client
            identity = await self.driver.read_identity(client)
            return await self.driver.inspect(client, identity, name=self.seen.name)
        except RADIO_ERRORS as error:
            await self.disconnect()
            raise self._gone("connecting", error) from error
        except SensorError:
            await self.disconnect()
            raise

    async def configure(self, rate_hz: float) -> SensorInfo:
        """Set the sensor up, and read its battery.

        Raises:
            LinkLost: the link ended.
            ProtocolError: it does not speak its protocol.
        """
        client = self._open_client()
        try:
            identity = await self.driver.read_identity(client)
            info = await self.driver.configure(
                client, identity, name=self.seen.name, rate_hz=rate_hz
            )
            battery = await self.driver.read_battery(client)
            if battery is not None:
                self._deliver(*battery)
        except RADIO_ERRORS as error:
            raise self._gone("configuring", error) from error
        return info

    async def subscribe(self) -> None:
        """Have the sensor's notifications delivered.

        Raises:
            LinkLost: the link ended.
        """
        client = self._open_client()
        try:
            await self.driver.subscribe(client, self._deliver)
        except RADIO_ERRORS as error:
            raise self._gone("subscribing", error) from error

    async def start(self) -> None:
        """Start the stream.

        Raises:
            LinkLost: the link ended, or it is not configured.
            SensorError: the sensor refused.
        """
        client = self._open_client()
        if self.info is None:
            raise self._gone("starting", None)
        try:
            await self.driver.start(client, self.info, self._deliver)
        except RADIO_ERRORS as error:
            raise self._gone("starting", error) from error

    async def compare_clocks(self) -> None:
        """Exchange messages about the time; the answers come as notifications.

        Raises:
            LinkLost: the link ended.
        """
        client = self._open_client()
        try:
            for _ in range(SYNC_EXCHANGES):
                self._sync_seq += 1
                await self.driver.request_time(client, self._sync_seq, self._now_us())
                least_s, most_s = SYNC_SPACING_S
                await asyncio.sleep(least_s + (most_s - least_s) * (self._sync_seq * GOLDEN % 1.0))
        except RADIO_ERRORS as error:
            raise self._gone("comparing clocks", error) from error

    async def identify(self) -> bool:
        """Make the sensor show itself; False if it cannot.

        Raises:
            LinkLost: the link ended.
            SensorError: the sensor did not answer.
        """
        client = self._open_client()
        try:
            return await self.driver.identify(client)
        except RADIO_ERRORS as error:
            raise self._gone("identifying", error) from error

    async def back_fill(self, missing: Missing) -> FillOutcome:
        """Ask for samples that did not come; those that come are delivered like all others.

        Raises:
            LinkLost: the link ended.
            SensorError: the sensor did not answer.
        """
        client = self._open_client()
        if self.info is None:
            raise self._gone("asking for lost samples", None)
        try:
            return await self.driver.back_fill(client, self.info, missing, self._listen)
        except RADIO_ERRORS as error:
            raise self._gone("asking for lost samples", error) from error

    @contextlib.contextmanager
    def _listen(self, characteristic: str, hear: Callable[[bytes], None]) -> Iterator[None]:
        listener = (characteristic, hear)
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    def take_health(self, health: SensorHealth) -> None:
        """Know what the sensor said of itself."""
        if health.battery_percent is not None:
            self.battery_percent = health.battery_percent
        if health.temperature_c is not None:
            self.temperature_c = health.temperature_c
        if health.message:
            self.message = health.message

    async def stop(self) -> None:
        """Stop the stream, if the link is up.

        Raises:
            LinkLost: the link ended.
            SensorError: the sensor refused.
        """
        client = self._client
        if client is None or not client.is_connected:
            return
        try:
            await self.driver.stop(client)
        except RADIO_ERRORS as error:
            raise self._gone("stopping", error) from error

    async def disconnect(self) -> None:
        """End the link; harmless when there is none."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            await client.disconnect()
        except RADIO_ERRORS:
            return  # what should end has ended

    def _open_client(self) -> BleakClient:
        if self._client is None or not self._client.is_connected:
            raise self._gone("using the link", None)
        return self._client

    def _gone(self, doing: str, error: BaseException | None) -> LinkLost:
        reason = plain_reason(error) if error is not None else ""
        why = f": {reason}" if reason else ""
        return LinkLost(
            f"the link ended while {doing}{why}",
            sensor_id=self.label,
            remedy="Bring the sensor nearer, check its battery",
        )

    def _on_disconnected(self, client: BleakClient) -> None:
        if client is self._client:  # not when we ended it ourselves
            self.lost.set()

    def _deliver(self, characteristic: str, payload: bytes) -> None:
        self._received(self, characteristic, payload)
        for wanted, hear in self._listeners:
            if wanted == characteristic:
                hear(payload)
