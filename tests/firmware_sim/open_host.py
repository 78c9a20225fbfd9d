"""A host of one device of the open profile, without a radio: writes, moves time on, keeps what comes."""

from __future__ import annotations

import struct
from collections import defaultdict
from typing import NamedTuple

from firmware_sim import SimulatedSession
from firmware_sim.air import SessionClock
from firmware_sim.profile import uuids
from firmware_sim.profile.control import Op
from firmware_sim.profile.open_device import OpenGaitDevice


class Header(NamedTuple):
    """The header of a data packet, as the profile's page has it."""

    kind: int
    cfg: int
    sequence: int
    first: int
    device_us: int
    n: int
    flags: int


def header(packet: bytes) -> Header:
    kind, cfg, sequence, first, low, high, n, flags = struct.unpack_from("<BBHIIHBB", packet)
    return Header(kind, cfg, sequence, first, low | high << 32, n, flags)


class OpenHost:
    """Time stands still between two calls of :meth:`run`."""

    def __init__(
        self, session: SimulatedSession, index: int = 0, *, live_config: bool = False
    ) -> None:
        self.clock = SessionClock()
        self.sensor = session.sensors[index]
        self.device = OpenGaitDevice(self.sensor, self.clock, live_config=live_config)
        self.got: dict[str, list[bytes]] = defaultdict(list)
        self.connect()

    def connect(self, mtu: int = 247) -> None:
        self.device.connected(min(mtu, self.device.mtu))
        for uuid in (uuids.DATA, uuids.CONTROL, uuids.BULK, uuids.EVENT, uuids.SYNC):
            self.device.subscribed(uuid, True)

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end_s = self.clock.at_s + seconds
        while (next_s := self.device.next_due_s()) is not None and next_s <= end_s:
            self.clock.at_s = max(self.clock.at_s, next_s)
            for outgoing in self.device.due(next_s):
                self.got[outgoing.characteristic].append(outgoing.payload)
        self.clock.at_s = end_s

    def ask(self, op: int, args: bytes = b"") -> tuple[int, bytes]:
        """Status and data of the reply."""
        self.device.write(uuids.CONTROL, bytes((op, 0x5A)) + args)
        self.run(0.0)
        reply = self.got[uuids.CONTROL].pop()
        assert reply[:2] == bytes((op | 0x80, 0x5A))
        return reply[2], reply[3:]

    def start(self) -> None:
        assert self.ask(Op.START, bytes(6)) == (0, b"")

    def configure(self, **changes: int) -> None:
        """Write Config with some fields changed."""
        names = ("cfg_id", "rate", "acc", "gyro", "n", "mask", "placement", "log")
        values = dict(
            zip(names, struct.unpack_from("<BHBHBBBB", self.device.read(uuids.CONFIG)), strict=True)
        )
        self.device.write(uuids.CONFIG, struct.pack("<BHBHBBBB", *(values | changes).values()))

    def bulk(self, stream: int, seconds: float = 5.0) -> tuple[int, list[tuple[int, bytes]]]:
        """Kind and (position, data) of a whole Bulk stream, its checksum verified."""
        from binascii import crc32

        self.got[uuids.BULK].clear()
        self.run(seconds)
        chunks = [c for c in self.got[uuids.BULK] if c[0] == stream]
        found = []
        for number, chunk in enumerate(chunks):
            _, flags, at, position = struct.unpack_from("<BBHI", chunk)
            assert at == number
            last = chunk is chunks[-1]
            assert flags & 1 == last
            found.append((position, chunk[8:-4] if last else chunk[8:]))
        assert int.from_bytes(chunks[-1][-4:], "little") == crc32(b"".join(d for _, d in found))
        return chunks[0][1] >> 4, found

    @property
    def data(self) -> list[bytes]:
        return self.got[uuids.DATA]

    def events(self, kind: int) -> list[bytes]:
        """Data of the events of a kind."""
        return [e[8:] for e in self.got[uuids.EVENT] if e[0] == kind]
