"""Decodes the notifications of sensors that speak the profile "Open Gait IMU", version 1."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sensors.drivers import open_gait_imu_bytes as wire
from sensors.drivers.base import Part
from sensors.drivers.open_gait_imu_bulk import BulkReader
from sensors.drivers.open_gait_imu_packets import (
    PACKET_BACKFILLED,
    RawPackets,
    parse_packets,
    parse_payloads,
)
from sensors.drivers.open_gait_imu_short import SHORT_BYTES, ShortPackets
from sensors.drivers.units import STANDARD_GRAVITY
from sensors.errors import ProtocolError
from sensors.notification import Message
from sensors.packed_messages import PackedMessages
from sensors.packet_batch import IntArray, PacketBatch, SyncPoint
from sensors.sample_block import (
    FLAG_BACKFILLED,
    FLAG_CLIPPED_ACC,
    FLAG_CLIPPED_GYR,
    FlagArray,
    FloatArray,
)
from sensors.session_info import SensorInfo


def _clip_counts(full_scale: float, scale: float) -> int:
    """Smallest count that means "at the end of the range" (one count of slack)."""
    return min(32767, math.floor(full_scale / scale)) - 1


@dataclass(frozen=True, slots=True)
class _Scaling:
    """How counts of one configuration become values, and from which count on they are clipped."""

    acc_scale: float
    gyr_scale: float
    acc_clip: int
    gyr_clip: int


@dataclass(frozen=True, slots=True)
class OpenGaitPackets:
    """Packets whose samples are still counts; see :class:`sensors.packet_batch.PackedPackets`.

    Attributes:
        arrival_s: host arrival of each packet, shape (p,), seconds of session time.
        first_index: device index of each packet's first sample, as sent, shape (p,).
        device_s: device time of each packet's first sample, shape (p,), seconds.
        count: samples in each packet, shape (p,).
        flags: ``FLAG_*`` bits of whole packets, shape (p,).
        damaged: notifications that were no valid packet and are left out.
        slot: configuration of each packet, shape (p,).
        samples: counts ax ay az gx gy gz, shape (n, 6).
        scaling: by slot.
    """

    arrival_s: FloatArray
    first_index: IntArray
    device_s: FloatArray
    count: IntArray
    flags: FlagArray
    damaged: int
    slot: IntArray
    samples: npt.NDArray[np.int16]
    scaling: tuple[_Scaling | None, ...]

    def __len__(self) -> int:
        """Number of packets."""
        return len(self.first_index)

    @property
    def nbytes(self) -> int:
        """Memory that the packets take, bytes."""
        fields = (self.arrival_s, self.first_index, self.device_s, self.count, self.slot)
        return self.samples.nbytes + self.flags.nbytes + sum(field.nbytes for field in fields)

    def unpack(self) -> PacketBatch:
        """The packets with their samples in SI units."""
        counts = self.samples.astype(np.float64)
        acc, gyr = counts[:, :3], counts[:, 3:]
        flags: FlagArray = np.zeros(len(counts), dtype=np.uint8)
        if len(self) and (self.slot == self.slot[0]).all():  # nearly always one configuration
            scaling = self._scaling(self.slot[0].item())
            _mark_clipped(self.samples, flags, scaling)
            acc, gyr = acc * scaling.acc_scale, gyr * scaling.gyr_scale
        else:
            each = np.repeat(self.slot, self.count)
            for slot in np.unique(self.slot).tolist():
                scaling, rows = self._scaling(slot), each == slot
                part = flags[rows]
                _mark_clipped(self.samples[rows], part, scaling)
                flags[rows] = part
                acc[rows] *= scaling.acc_scale
                gyr[rows] *= scaling.gyr_scale
        return PacketBatch(
            arrival_s=self.arrival_s,
            first_index=self.first_index,
            device_s=self.device_s,
            count=self.count,
            flags=self.flags,
            acc=acc,
            gyr=gyr,
            sample_flags=flags,
            damaged=self.damaged,
        )

    def _scaling(self, slot: int) -> _Scaling:
        scaling = self.scaling[slot]
        if scaling is None:
            raise ProtocolError(f"a packet names configuration {slot}, which is not known")
        return scaling


def _mark_clipped(samples: npt.NDArray[np.int16], flags: FlagArray, scaling: _Scaling) -> None:
    """Set ``FLAG_CLIPPED_*`` where a count is at the end of its range."""
    if not len(samples):
        return
    # Nearly always nothing is near an end: two passes over all counts show it.
    largest = max(int(samples.max()), -int(samples.min()))
    for columns, clip, flag in (
        (slice(0, 3), scaling.acc_clip, FLAG_CLIPPED_ACC),
        (slice(3, 6), scaling.gyr_clip, FLAG_CLIPPED_GYR),
    ):
        if largest >= clip:
            magnitude = np.abs(samples[:, columns].astype(np.int32))
            flags[(magnitude >= clip).any(axis=1)] |= flag


def _seconds(arrivals_ns: list[int]) -> FloatArray:
    return np.asarray(arrivals_ns, dtype=np.float64) * 1e-9


class OpenGaitImuDecoder:
    """Decodes the packets of one Open Gait IMU.

    Packets carry the low four bits of the configuration that they were made with, so data is
    never scaled with another one. A packet of an unknown configuration counts as damaged. Short
    packets name none: they are scaled with the one told last.

    Args:
        info: the sensor, with its configuration.
    """

    def __init__(self, info: SensorInfo) -> None:
        self._scaling: list[_Scaling | None] = [None] * 16
        self._known = np.zeros(16, dtype=bool)
        self._bulk = BulkReader()
        self._short = ShortPackets()
        self.add_config(info)

    def add_config(self, info: SensorInfo) -> None:
        """Know one more configuration.

        Raises:
            ProtocolError: its bytes are no configuration.
        """
        config = wire.parse_config(info.config)
        slot = config.cfg_id & 0x0F
        self._scaling[slot] = _Scaling(
            acc_scale=config.acc_scale,
            gyr_scale=math.radians(config.gyr_scale_dps),
            acc_clip=_clip_counts(config.acc_range_g * STANDARD_GRAVITY, config.acc_scale),
            gyr_clip=_clip_counts(config.gyr_range_dps, config.gyr_scale_dps),
        )
        self._known[slot] = True
        self._slot, self._rate_hz = slot, config.actual_rate_hz

    def read(self, messages: Iterable[Message]) -> list[Part]:
        """See :class:`sensors.drivers.base.PacketDecoder`."""
        if isinstance(messages, PackedMessages):
            return self._read_packed(messages)
        found: list[Part] = []
        payloads: list[bytes] = []
        arrivals: list[int] = []
        for characteristic, payload, arrival_ns in messages:
            if characteristic == wire.DATA:
                payloads.append(payload)
                arrivals.append(arrival_ns)
            elif characteristic == wire.SYNC:
                point = self.sync_point(payload, arrival_ns * 1e-9)
                if point is not None:
                    if payloads:
                        found.append(self.parse(payloads, _seconds(arrivals)))
                        payloads, arrivals = [], []
                    found.append(point)
            elif characteristic == wire.BULK:
                if payloads:
                    found.append(self.parse(payloads, _seconds(arrivals)))
                    payloads, arrivals = [], []
                found += self._read_bulk(payload, arrival_ns)
        if payloads:
            found.append(self.parse(payloads, _seconds(arrivals)))
        return found

    def _read_packed(self, messages: PackedMessages) -> list[Part]:
        """The same of messages that lie together."""
        found: list[Part] = []
        data, begin = messages.positions_of(wire.DATA), 0
        for n in [*messages.positions_of(wire.SYNC, wire.BULK).tolist(), len(messages)]:
            others: list[Part] = []
            if n < len(messages):
                characteristic, payload, arrival_ns = messages[n]
                if characteristic == wire.SYNC:
                    point = self.sync_point(payload, arrival_ns * 1e-9)
                    if point is None:
                        continue
                    others = [point]
                else:
                    others = self._read_bulk(payload, arrival_ns)
            end = int(np.searchsorted(data, n))
            if end > begin:
                found.append(self._parse_packed(messages.chosen(data[begin:end])))
                begin = end
            found += others
        return found

    def _read_bulk(self, payload: bytes, arrival_ns: int) -> list[Part]:
        """Samples that were asked for again, or come from a log."""
        packets, damaged = self._bulk.feed(payload)
        if not packets and not damaged:
            return []
        parsed = self._parse_whole(packets, _seconds([arrival_ns] * len(packets)))
        flags = parsed.flags | np.uint8(FLAG_BACKFILLED)
        return [replace(parsed, flags=flags, damaged=parsed.damaged + damaged)]

    def finish(self) -> list[Part]:
        """Nothing is held back."""
        return []

    def parse(self, payloads: Sequence[bytes], arrival_s: FloatArray) -> OpenGaitPackets:
        """Read data notifications; those that are no valid packet are counted and left out.

        Args:
            payloads: the notifications' bytes, in arrival order.
            arrival_s: their arrival times, shape (p,), seconds of session time.
        """
        whole = self._short.whole(payloads, arrival_s, cfg_id=self._slot, rate_hz=self._rate_hz)
        return self._parse_whole(whole, arrival_s)

    def _parse_packed(self, messages: PackedMessages) -> OpenGaitPackets:
        """Data notifications only, at least one."""
        lengths = messages.stop - messages.start
        arrival_s = messages.time_ns.astype(np.float64) * 1e-9
        if (lengths == SHORT_BYTES).any():
            return self.parse([payload for _, payload, _ in messages], arrival_s)
        self._short.follow(messages[-1][1], arrival_s[-1].item())
        raw = parse_payloads(messages.content, messages.start, lengths)
        return self._packets(raw, len(messages), arrival_s)

    def _parse_whole(self, payloads: Sequence[bytes], arrival_s: FloatArray) -> OpenGaitPackets:
        return self._packets(parse_packets(payloads), len(payloads), arrival_s)

    def _packets(
        self, raw: RawPackets, notifications: int, arrival_s: FloatArray
    ) -> OpenGaitPackets:
        header, count, samples, position = raw.header, raw.count, raw.samples, raw.position
        device_us = raw.device_us
        slot = (header["cfg_imu"] >> 4).astype(np.int64)
        # A second IMU on the same board is another sensor; this decoder reads the first.
        valid = self._known[slot] & ((header["cfg_imu"] & 0x0F) == 0)
        if not valid.all():
            samples = samples[np.repeat(valid, count)]
            header, count, slot = header[valid], count[valid], slot[valid]
            position, device_us = position[valid], device_us[valid]
        backfilled = (header["flags"] & PACKET_BACKFILLED) != 0
        return OpenGaitPackets(
            arrival_s=arrival_s[position],
            first_index=header["first_index"].astype(np.int64),
            device_s=device_us.astype(np.float64) * 1e-6,
            count=count,
            flags=np.where(backfilled, FLAG_BACKFILLED, 0).astype(np.uint8),
            damaged=notifications - len(position),
            slot=slot,
            samples=samples,
            scaling=tuple(self._scaling),
        )

    def decode(self, payloads: Sequence[bytes], arrival_s: FloatArray) -> PacketBatch:
        """Read data notifications and unpack their samples; arguments as of :meth:`parse`."""
        return self.parse(payloads, arrival_s).unpack()

    def sync_point(self, payload: bytes, arrival_s: float) -> SyncPoint | None:
        """Read a time exchange; None when the bytes are no answer of one."""
        try:
            reply = wire.parse_sync_reply(payload)
        except ProtocolError:
            return None
        t1, t2, t3 = reply.t1_us * 1e-6, reply.t2_us * 1e-6, reply.t3_us * 1e-6
        if not t1 <= arrival_s < t1 + 60.0:  # an answer to nobody, or one that took a minute
            return None
        return SyncPoint(t2, t1 - t2, arrival_s - t3)
