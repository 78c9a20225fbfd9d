"""The FIT container: header, definition and data messages, checksum.

Only what an activity needs: little-endian messages with native and developer fields. Source: FIT
protocol description, https://developer.garmin.com/fit/protocol/. Written here, because the official
kit's licence does not allow passing it on; the tests read the files with that kit.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

BaseType = Literal["enum", "uint8", "uint16", "uint32", "uint32z", "string", "byte", "float32"]
FIT_EPOCH = datetime(1989, 12, 31, tzinfo=UTC)

_NUMBER: Mapping[BaseType, int] = {
    "enum": 0x00,
    "uint8": 0x02,
    "string": 0x07,
    "byte": 0x0D,
    "uint16": 0x84,
    "uint32": 0x86,
    "float32": 0x88,
    "uint32z": 0x8C,
}
_PACKED: Mapping[BaseType, str] = {
    "enum": "B",
    "uint8": "B",
    "uint16": "H",
    "uint32": "I",
    "uint32z": "I",
}
_PROTOCOL_VERSION = 0x20
"""2.0, from which on there are developer fields."""
_PROFILE_VERSION = 21_158
_LARGEST_FLOAT32 = 3.4e38
_CRC_TABLE = (
    *(0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401),
    *(0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400),
)

Value = float | int | str | bytes | datetime | None


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a message.

    Attributes:
        number: number in the profile; of a developer field, its definition number.
        base_type: how it is stored.
        scale: stored value per unit.
        size: bytes, of strings and bytes only.
    """

    number: int
    base_type: BaseType
    scale: float = 1.0
    size: int = 0

    @property
    def bytes_long(self) -> int:
        """Bytes of one value."""
        if self.base_type in ("string", "byte"):
            return self.size
        return struct.calcsize(_PACKED.get(self.base_type, "f"))

    def packed(self, value: Value) -> bytes:
        """The bytes of a value; of None, and of what does not fit, the mark of "unknown"."""
        if self.base_type == "string":
            text = str(value or "").encode("utf-8")[: self.size - 1]
            return text.decode("utf-8", "ignore").encode("utf-8").ljust(self.size, b"\0")
        if self.base_type == "byte":
            raw = value if isinstance(value, bytes) else b""
            return raw[: self.size].ljust(self.size, b"\xff")
        if isinstance(value, datetime):
            value = (value - FIT_EPOCH).total_seconds()
        scaled = float(value) * self.scale if isinstance(value, int | float) else math.nan
        if self.base_type == "float32":
            fits = abs(scaled) < _LARGEST_FLOAT32
            return struct.pack("<f", scaled) if fits else b"\xff\xff\xff\xff"
        code = _PACKED[self.base_type]
        largest = 256 ** struct.calcsize(code) - 1
        fits = math.isfinite(scaled) and 0 <= round(scaled) < largest
        unknown = 0 if self.base_type == "uint32z" else largest
        return struct.pack("<" + code, round(scaled) if fits else unknown)


@dataclass(frozen=True, slots=True)
class Message:
    """Layout of a kind of message.

    Attributes:
        number: global message number of the profile.
        fields: native fields by name.
        developer: developer fields by name, all of developer data index 0.
    """

    number: int
    fields: Mapping[str, Field]
    developer: Mapping[str, Field] = field(default_factory=dict)


class FitFile:
    """Collects messages; :meth:`to_bytes` gives the file."""

    def __init__(self) -> None:
        self._body = bytearray()
        self._local: dict[int, int] = {}
        self._layouts: list[Message] = []

    def add(self, message: Message, values: Mapping[str, Value]) -> None:
        """Add a message; fields that are not given are unknown.

        Raises:
            ValueError: a value is of no field, or there are more than 16 layouts.
        """
        unknown = set(values) - set(message.fields) - set(message.developer)
        if unknown:
            raise ValueError(f"message {message.number} has no field {sorted(unknown)[0]!r}")
        local = self._defined(message)
        self._body.append(local)
        for fields in (message.fields, message.developer):
            for name, each in fields.items():
                self._body += each.packed(values.get(name))

    def _defined(self, message: Message) -> int:
        key = id(message)
        if key not in self._local:
            local = len(self._local)
            if local > 15:
                raise ValueError("a FIT file has at most 16 layouts at a time")
            self._local[key] = local
            self._layouts.append(message)  # keeps the id in use
            self._body.append(0x40 | (0x20 if message.developer else 0) | local)
            self._body += struct.pack("<BBHB", 0, 0, message.number, len(message.fields))
            self._body += _definitions(list(message.fields.values()))
            if message.developer:
                self._body.append(len(message.developer))
                for each in message.developer.values():
                    self._body += bytes((each.number, each.bytes_long, 0))
        return self._local[key]

    def to_bytes(self) -> bytes:
        """The whole file."""
        head = struct.pack(
            "<BBHI4s", 14, _PROTOCOL_VERSION, _PROFILE_VERSION, len(self._body), b".FIT"
        )
        whole = head + struct.pack("<H", checksum(head)) + bytes(self._body)
        return whole + struct.pack("<H", checksum(whole))


def base_type_number(base_type: BaseType) -> int:
    """Number of a base type, for the description of a developer field."""
    return _NUMBER[base_type]


def checksum(content: bytes) -> int:
    """The 16-bit checksum of the FIT protocol."""
    crc = 0
    for byte in content:
        for nibble in (byte & 0xF, byte >> 4):
            crc = (crc >> 4) & 0x0FFF ^ _CRC_TABLE[crc & 0xF] ^ _CRC_TABLE[nibble]
    return crc


def _definitions(fields: Sequence[Field]) -> bytes:
    return b"".join(bytes((f.number, f.bytes_long, _NUMBER[f.base_type])) for f in fields)
