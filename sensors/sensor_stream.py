"""Notifications of one sensor to sample blocks: the one way that live and replayed data take."""

from __future__ import annotations

from collections.abc import Iterable

from sensors.drivers.base import Part
from sensors.drivers.registry import format_for
from sensors.errors import ProtocolError, UnsupportedDevice
from sensors.holes import Missing
from sensors.notification import Message, Notification
from sensors.packet_batch import SyncPoint
from sensors.sample_assembler import SampleAssembler
from sensors.sample_block import SampleBlock
from sensors.sample_counts import SampleCounts
from sensors.session_clock import SessionClock
from sensors.session_info import SensorInfo
from sensors.timed_assembler import TimedAssembler


class PacketReader:
    """Makes packets and time exchanges of one sensor's notifications, in order.

    What comes out, one after another, is the same however the notifications are grouped.

    Args:
        sensor: the sensor, with a configuration.

    Raises:
        UnsupportedDevice: no format reads this kind.
        ProtocolError: the sensor's configuration cannot be read.
    """

    def __init__(self, sensor: SensorInfo) -> None:
        form = format_for(sensor.kind)
        if not 1.0 <= sensor.rate_hz <= 10_000.0:
            raise ProtocolError(
                f"the sensor's sampling rate is {sensor.rate_hz} Hz",
                sensor_id=sensor.sensor_id,
                remedy="Check the sensor's configuration",
            )
        self._decoder = form.decoder(sensor)

    def add_config(self, sensor: SensorInfo) -> None:
        """Know one more configuration of the sensor.

        Raises:
            ProtocolError: it cannot be read, or not together with the one before.
        """
        self._decoder.add_config(sensor)

    def read(self, notifications: Iterable[Notification]) -> list[Part]:
        """Read notifications; those of other characteristics are passed over."""
        return self.read_messages(
            (one.characteristic, one.payload, one.arrival_ns) for one in notifications
        )

    def read_messages(self, messages: Iterable[Message]) -> list[Part]:
        """Read notifications, as the reader of recordings has them."""
        return self._decoder.read(messages)

    def finish(self) -> list[Part]:
        """Read what was held back; nothing comes after."""
        return self._decoder.finish()


class SensorStream:
    """Sample blocks of one sensor from its notifications, causally.

    The blocks together are the same however the notifications are grouped.

    Args:
        sensor: the sensor, with a placement and a configuration.
        assembler: in place of one that knows the past only; not used for a kind that tells the
            session time itself.

    Raises:
        UnsupportedDevice: no format reads this kind, or the sensor has no placement.
        ProtocolError: the sensor's configuration cannot be read.
    """

    def __init__(self, sensor: SensorInfo, *, assembler: SampleAssembler | None = None) -> None:
        if sensor.placement is None:
            raise UnsupportedDevice(
                "the sensor has no placement",
                sensor_id=sensor.sensor_id,
                remedy="Say where on the body it is worn",
            )
        self.sensor = sensor
        self._reader = PacketReader(sensor)
        self._assembler: SampleAssembler | TimedAssembler
        if format_for(sensor.kind).tells_session_time:
            self._assembler = TimedAssembler(sensor.placement, sensor.rate_hz)
        else:
            self._assembler = assembler or SampleAssembler(
                sensor.placement, sensor.rate_hz, clock=format_for(sensor.kind).clock
            )

    @property
    def counts(self) -> SampleCounts:
        """What became of the samples so far."""
        return self._assembler.counts

    def missing(self) -> list[Missing]:
        """Samples since the sensor's last start that did not come, oldest first."""
        return self._assembler.missing()

    @property
    def uncertainty_s(self) -> float:
        """Half width of what session times can be, seconds; 0 where packets tell the time."""
        return self._assembler.uncertainty_s

    def add_config(self, sensor: SensorInfo) -> None:
        """Know one more configuration of the sensor.

        Raises:
            ProtocolError: it cannot be read.
        """
        self._reader.add_config(sensor)

    def push(self, notifications: Iterable[Notification]) -> list[SampleBlock]:
        """Take the next notifications of this sensor, in arrival order."""
        return self.push_packets(self._reader.read(notifications))

    def push_messages(self, messages: Iterable[Message]) -> list[SampleBlock]:
        """Take the next notifications, as the reader of recordings has them."""
        return self.push_packets(self._reader.read_messages(messages))

    def push_packets(self, parts: Iterable[Part]) -> list[SampleBlock]:
        """Take the next notifications, read already by a :class:`PacketReader` of the sensor."""
        blocks: list[SampleBlock] = []
        for part in parts:
            if isinstance(part, SyncPoint):
                self._assembler.push_sync(part)
            else:
                blocks += self._assembler.push(part.unpack())
        return blocks

    def finish(self) -> list[SampleBlock]:
        """Give out what is held back."""
        return self.push_packets(self._reader.finish()) + self._assembler.finish()


def second_pass(sensor: SensorInfo, reader_of_first_pass: SessionClock) -> SensorStream:
    """A stream that knows the whole session.

    Args:
        sensor: the sensor, with a placement and a configuration.
        reader_of_first_pass: has seen all packets of the sensor.

    Raises:
        UnsupportedDevice: the sensor has no placement.
    """
    if sensor.placement is None:
        raise UnsupportedDevice("the sensor has no placement", sensor_id=sensor.sensor_id)
    return SensorStream(
        sensor,
        assembler=SampleAssembler(
            sensor.placement,
            sensor.rate_hz,
            fits=reader_of_first_pass.finish(),
            late=reader_of_first_pass.late,
            block_rate_hz=reader_of_first_pass.rate_hz,
        ),
    )
