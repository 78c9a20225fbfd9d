"""The kind "imported samples": samples of foreign files as a recording."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge

import numpy as np
import numpy.typing as npt

from sensors.clock_kind import CRYSTAL
from sensors.drivers import imported_samples_bytes as wire
from sensors.drivers.base import Part
from sensors.errors import InvalidSamples, ProtocolError
from sensors.notification import Message, Notification
from sensors.packet_batch import PacketBatch
from sensors.placement import Placement
from sensors.sample_block import LACKS_ACC, LACKS_GYR, FloatArray, SampleBlock
from sensors.session_info import SensorInfo

KIND = "imported_samples"
MESSAGE_S = 0.25
"""Session time in one message, nominally: a damaged one costs no more."""
_BOTH = LACKS_ACC | LACKS_GYR
_COMPUTED_SHIFT = 2


class ImportedSampleDecoder:
    """Decodes the messages of one sensor. See :class:`sensors.drivers.base.PacketDecoder`.

    Args:
        info: the sensor.

    Raises:
        ProtocolError: its configuration says something that is not known.
    """

    def __init__(self, info: SensorInfo) -> None:
        self._lacks = lacks_of(info)

    def add_config(self, info: SensorInfo) -> None:
        """See that it has the same quantities; messages hold values in SI units."""
        if lacks_of(info) != self._lacks:
            raise ProtocolError(
                "the sensor is said to have other quantities than before",
                sensor_id=info.sensor_id,
                remedy="Import the files again",
            )

    def read(self, messages: Iterable[Message]) -> list[Part]:
        """See :class:`sensors.drivers.base.PacketDecoder`."""
        mine = [(payload, at_ns) for uuid, payload, at_ns in messages if uuid == wire.DATA]
        if not mine:
            return []
        arrival_s = np.array([at_ns for _, at_ns in mine], dtype=np.float64) * 1e-9
        return [self.decode([payload for payload, _ in mine], arrival_s)]

    def decode(self, payloads: Sequence[bytes], arrival_s: FloatArray) -> PacketBatch:
        """Read messages.

        Args:
            payloads: their bytes, in log order.
            arrival_s: their log times, shape (p,), seconds.
        """
        return wire.unpack_samples(payloads, arrival_s, self._lacks)

    def finish(self) -> list[Part]:
        """Nothing is held back."""
        return []


class ImportedSampleFormat:
    """Reads samples with their times, as foreign files gave them."""

    kind = KIND
    clock = CRYSTAL
    tells_session_time = True

    def decoder(self, info: SensorInfo) -> ImportedSampleDecoder:
        """Make a decoder."""
        return ImportedSampleDecoder(info)


def lacks_of(info: SensorInfo) -> int:
    """What a sensor does not have, ``LACKS_*`` bits; 0 for every kind but this one.

    Raises:
        ProtocolError: the configuration says something that is not known.
    """
    return _quantities(info)[0]


def computed_of(info: SensorInfo) -> int:
    """What was computed from orientation and not measured, as ``LACKS_*`` bits.

    Raises:
        ProtocolError: the configuration says something that is not known.
    """
    return _quantities(info)[1]


def _quantities(info: SensorInfo) -> tuple[int, int]:
    if info.kind != KIND or not info.config:
        return 0, 0
    lacks, computed = info.config[0] & _BOTH, info.config[0] >> _COMPUTED_SHIFT
    if len(info.config) != 1 or lacks not in wire.KNOWN_LACKS or computed & ~_BOTH:
        raise ProtocolError(
            "the configuration of an imported sensor is not known",
            sensor_id=info.sensor_id,
            remedy="A later version of levelstride may read it",
        )
    return lacks, computed


def imported_sensor(
    sensor_id: str,
    placement: Placement | None,
    rate_hz: float,
    *,
    name: str = "",
    lacks: int = 0,
    computed: int = 0,
) -> SensorInfo:
    """Describe a sensor whose samples come from a foreign file.

    Args:
        sensor_id: its id in the file, or any name that no other sensor of the recording has.
        placement: where it was worn; None when not known.
        rate_hz: its sampling rate, 1 to 10 000; need not be a whole number.
        name: for people, for example the file's name.
        lacks: ``LACKS_ACC`` or ``LACKS_GYR`` where it does not have that quantity.
        computed: the same bits for what was computed from orientation and not measured.

    Raises:
        InvalidSamples: the id is empty, or the rate is out of range.
    """
    if not sensor_id:
        raise InvalidSamples("the sensor has no id", remedy="Give it one")
    if not 1.0 <= rate_hz <= 10_000.0:
        raise InvalidSamples(
            f"the sampling rate is {rate_hz} Hz",
            sensor_id=sensor_id,
            remedy="State the rate, between 1 and 10 000 Hz",
        )
    if lacks not in wire.KNOWN_LACKS:
        raise InvalidSamples(
            "the sensor has neither acceleration nor angular rate",
            sensor_id=sensor_id,
            remedy="Leave it out",
        )
    return SensorInfo(
        sensor_id=sensor_id,
        kind=KIND,
        name=name,
        serial=sensor_id,
        placement=placement,
        rate_hz=float(rate_hz),
        config=bytes([lacks | computed << _COMPUTED_SHIFT]) if lacks or computed else b"",
    )


class SampleEncoder:
    """Turns the samples of one sensor into messages of a recording.

    Reading the recording gives the samples back bit for bit; ``FLAG_GAP_BEFORE`` is added where
    the index jumps.

    Args:
        sensor: from :func:`imported_sensor`.
    """

    def __init__(self, sensor: SensorInfo) -> None:
        self._sensor_id = sensor.sensor_id
        self._lacks = lacks_of(sensor)
        self._per_message = min(wire.MAX_SAMPLES, max(1, round(MESSAGE_S * sensor.rate_hz)))
        self._next_index = 0
        self._last_time_s = -math.inf

    def encode(self, block: SampleBlock) -> list[Notification]:
        """Encode the next samples.

        Args:
            block: samples that lie after those of the calls before, in index and in time.

        Returns:
            Messages in time order; the arrival of each is the time of its last sample.

        Raises:
            InvalidSamples: shapes do not agree, a value is no number, a time is negative, absurdly
                late or not after the one before, or the index goes back. Nothing is encoded then.
        """
        self._check(block)
        found: list[Notification] = []
        time_s = np.asarray(block.time_s, dtype=np.float64)
        for start in range(0, len(time_s), self._per_message):
            rows = slice(start, min(start + self._per_message, len(time_s)))
            payload = wire.pack_samples(
                block.first_index + start,
                time_s[rows],
                block.acc[rows],
                block.gyr[rows],
                block.flags[rows],
                self._lacks,
            )
            arrival_ns = round(time_s[rows.stop - 1].item() * 1e9)
            found.append(Notification(self._sensor_id, wire.DATA, payload, arrival_ns))
        if len(time_s):
            self._next_index = block.first_index + len(time_s)
            self._last_time_s = time_s[-1].item()
        return found

    def _check(self, block: SampleBlock) -> None:
        count = block.time_s.size
        shapes = (block.time_s.shape, block.acc.shape, block.gyr.shape, block.flags.shape)
        if shapes != ((count,), (count, 3), (count, 3), (count,)):
            raise self._error(f"the arrays of a block have the shapes {shapes}", block, 0)
        if not self._next_index <= block.first_index <= wire.MAX_INDEX - count:
            raise self._error(
                f"a block begins with index {block.first_index}, after {self._next_index - 1}",
                block,
                0,
            )
        if block.lacks != self._lacks:
            raise self._error("a block lacks something else than its sensor", block, 0)
        time_s = block.time_s
        before = np.concatenate(([self._last_time_s], time_s[:-1])) if count else time_s
        for values, what, bit in (
            (block.acc, "the acceleration", LACKS_ACC),
            (block.gyr, "the angular rate", LACKS_GYR),
        ):
            if self._lacks & bit:
                continue
            missing = np.logical_not(np.isfinite(values)).any(axis=1)
            self._refuse(missing, f"{what} is no number", block)
        self._refuse(~np.isfinite(time_s), "the time is no number", block)
        self._refuse(time_s < 0, "the time is negative", block)
        self._refuse(time_s > wire.MAX_TIME_S, f"the time is over {wire.MAX_TIME_S:g} s", block)
        self._refuse(time_s <= before, "the time is not after that of the sample before", block)
        unknown = (block.flags < 0) | (block.flags > wire.KNOWN_FLAGS)
        self._refuse(unknown, "the flags have a bit that is not known", block)

    def _refuse(self, bad: npt.NDArray[np.bool_] | np.bool_, what: str, block: SampleBlock) -> None:
        if bad.any():
            raise self._error(what, block, int(np.argmax(bad)))

    def _error(self, what: str, block: SampleBlock, position: int) -> InvalidSamples:
        return InvalidSamples(
            what,
            sensor_id=self._sensor_id,
            sample_index=max(-1, block.first_index + position),
            remedy="Mend or leave out the samples; times are seconds since the session's start",
        )


def in_log_order(*sensors: Iterable[Notification]) -> Iterator[Notification]:
    """Messages of several sensors, each in time order, in the order to record them in."""
    return merge(*sensors, key=lambda notification: notification.arrival_ns)
