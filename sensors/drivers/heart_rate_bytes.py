"""The bytes of the Heart Rate service of the Bluetooth SIG."""

from __future__ import annotations

from dataclasses import dataclass

from sensors.drivers.sig_services import sig_uuid
from sensors.errors import ProtocolError

SERVICE = sig_uuid(0x180D)
MEASUREMENT = sig_uuid(0x2A37)

_WIDE, _CONTACT, _CONTACT_KNOWN, _ENERGY, _RR = 1, 2, 4, 8, 16


@dataclass(frozen=True, slots=True)
class HeartRate:
    """One measurement.

    Attributes:
        bpm: heart rate, beats a minute.
        contact: whether the skin is touched; None when the sensor cannot tell.
        energy_kj: energy spent, kJ; None when not sent.
        rr_s: times between beats since the measurement before, seconds.
    """

    bpm: int
    contact: bool | None = None
    energy_kj: int | None = None
    rr_s: tuple[float, ...] = ()

    def in_words(self) -> str:
        """For people."""
        return f"{self.bpm} beats/min"


def parse_heart_rate(payload: bytes) -> HeartRate:
    """Read a measurement.

    Raises:
        ProtocolError: it is cut off.
    """
    flags = payload[0] if payload else 0
    at = 3 if flags & _WIDE else 2
    need = at + (2 if flags & _ENERGY else 0)
    if len(payload) < need:
        raise ProtocolError(f"{len(payload)} bytes, at least {need} expected", where="heart rate")
    energy = None
    if flags & _ENERGY:
        energy = int.from_bytes(payload[at : at + 2], "little")
        at += 2
    beats: tuple[float, ...] = ()
    if flags & _RR:
        last = len(payload) - 1
        beats = tuple(
            int.from_bytes(payload[k : k + 2], "little") / 1024 for k in range(at, last, 2)
        )
    return HeartRate(
        bpm=int.from_bytes(payload[1 : 3 if flags & _WIDE else 2], "little"),
        contact=bool(flags & _CONTACT) if flags & _CONTACT_KNOWN else None,
        energy_kj=energy,
        rr_s=beats,
    )
