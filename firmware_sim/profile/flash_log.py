"""The flash log: files of the same packets that go on the air, each with a checksum."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from firmware_sim.profile.bulk import Piece
from firmware_sim.profile.checksums import crc16

MAGIC = b"OGL1"
_HEAD = struct.Struct("<4s8sHH22s")
_ENTRY = struct.Struct("<HBBIHIIIH")
ENTRY_BYTES = _ENTRY.size
FLAG_OPEN = 1 << 0
FLAG_GAP = 1 << 1
FLAG_FULL = 1 << 2


@dataclass(slots=True)
class LogFile:
    """One log.

    Attributes:
        log_id: Number, counted up by the device.
        gap: Opened by itself because no host listened.
        boot: Number of the boot it was made in, modulo 65 536.
        cfg_id: Configuration of all its packets.
        start_us: Device time of its first sample, microseconds since that boot.
        first_index: Index of its first sample.
        data: Head and records.
        samples: Samples in it.
        open: Still being written.
        full: Ended because the flash was full.
    """

    log_id: int
    gap: bool
    boot: int
    cfg_id: int
    start_us: int = 0
    first_index: int = 0
    data: bytearray = field(default_factory=bytearray)
    samples: int = 0
    open: bool = True
    full: bool = False

    def entry(self) -> bytes:
        """Its row in the list of logs."""
        flags = FLAG_OPEN * self.open | FLAG_GAP * self.gap | FLAG_FULL * self.full
        return _ENTRY.pack(
            self.log_id,
            flags,
            self.cfg_id,
            self.start_us & 0xFFFFFFFF,
            self.start_us >> 32 & 0xFFFF,
            self.first_index & 0xFFFFFFFF,
            self.samples,
            len(self.data),
            self.boot,
        )


class FlashLog:
    """All logs of a device; they outlive a restart.

    Args:
        size_bytes: Size of the flash.
        unique_id: The 8 bytes of Info, written into each head.
    """

    def __init__(self, size_bytes: int, unique_id: bytes) -> None:
        self._size = size_bytes
        self._unique_id = unique_id
        self._next_id = 1
        self.files: dict[int, LogFile] = {}
        self.current: LogFile | None = None

    @property
    def used_bytes(self) -> int:
        """Bytes written."""
        return sum(len(f.data) for f in self.files.values())

    def start(self, *, gap: bool, boot: int, config: bytes, cfg_id: int) -> LogFile | None:
        """Open a log; None when not even its head fits.

        Args:
            gap: It bridges the absence of a host.
            boot: Number of the boot.
            config: The 22 bytes of Config.
            cfg_id: Configuration number.
        """
        head = _HEAD.pack(MAGIC, self._unique_id, boot & 0xFFFF, 0, config)
        head += crc16(head).to_bytes(2, "little")
        if self.used_bytes + len(head) > self._size:
            return None
        log = LogFile(self._next_id, gap, boot & 0xFFFF, cfg_id, data=bytearray(head))
        self.files[self._next_id] = self.current = log
        self._next_id = self._next_id % 0xFFFE + 1
        return log

    def append(self, packet: bytes, device_us: int, index: int, samples: int) -> bool:
        """Write a packet into the open log; False when the flash is full and the log has ended."""
        log = self.current
        if log is None:
            return True
        record = len(packet).to_bytes(2, "little") + packet + crc16(packet).to_bytes(2, "little")
        if self.used_bytes + len(record) > self._size:
            log.full = True
            self.close()
            return False
        if not log.samples:
            log.start_us, log.first_index = device_us, index
        log.data += record
        log.samples += samples
        return True

    def close(self) -> LogFile | None:
        """End the open log and return it."""
        log, self.current = self.current, None
        if log is not None:
            log.open = False
        return log

    def entries(self) -> bytes:
        """The list of logs, oldest first, 24 bytes each."""
        return b"".join(f.entry() for f in self.files.values())

    def erase(self, log_id: int | None) -> bool:
        """Remove one log, or all that are closed (None); False without such a closed log."""
        if log_id is None:
            self.files = {i: f for i, f in self.files.items() if f.open}
            return True
        log = self.files.get(log_id)
        if log is None or log.open:
            return False
        del self.files[log_id]
        return True


def slices(data: bytes, offset: int, length: int, most: int) -> Iterator[Piece]:
    """Bytes [offset, offset + length) of a file as pieces of at most ``most``."""
    end = offset + length
    for at in range(offset, end, most):
        yield Piece(at, data[at : min(end, at + most)])
