"""What a simulated device is to whoever hosts it, whatever its kind: the one seam between firmware and air.

A device is pure: no radio, no sleeping, no clock of its own. Its host (the virtual radio in real time, or the
fast path as quickly as it can) asks it, hands it what was written, and sends what it has ready.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol, TypeAlias, runtime_checkable

Property: TypeAlias = Literal["read", "write", "write-without-response", "notify", "indicate"]


@dataclass(frozen=True, slots=True)
class CharacteristicSpec:
    """One characteristic: full lower-case UUID and what may be done with it."""

    uuid: str
    properties: frozenset[Property]


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """One service: full lower-case UUID and its characteristics, in order."""

    uuid: str
    characteristics: tuple[CharacteristicSpec, ...]


@dataclass(frozen=True, slots=True)
class Advertisement:
    """What is put on the air while nobody is connected; 31 bytes in all.

    Attributes:
        local_name: complete local name.
        service_uuids: full lower-case UUIDs; those of the Bluetooth base are sent as 16 bits.
        manufacturer_data: bytes by company number.
    """

    local_name: str
    service_uuids: tuple[str, ...] = ()
    manufacturer_data: Mapping[int, bytes] = field(default_factory=dict)


class Outgoing(NamedTuple):
    """One notification or indication.

    Attributes:
        ready_s: air time at which it is complete; it cannot leave before.
        characteristic: full lower-case UUID.
        payload: the value.
        samples: inertial samples in it, 0 for everything else. Only these meet the loss model.
    """

    ready_s: float
    characteristic: str
    payload: bytes
    samples: int = 0


class AirClock(Protocol):
    """Time as a device's host sees it.

    Air time is in seconds from the moment the air began, the same for all devices on it. Session time
    starts with the runner's script: at the first START on the radio, at air time 0 on the fast path.
    """

    def now_s(self) -> float:
        """Air time."""

    def session_s(self, air_s: float) -> float:
        """Session time at an air time; 0 before the script has begun."""

    def air_s(self, session_s: float) -> float:
        """Air time at a session time of the present script."""

    def join(self, sensor_id: str) -> float:
        """A sensor starts to stream; returns the session time. The first one begins the script."""

    def leave(self, sensor_id: str) -> None:
        """A sensor has stopped streaming."""


class SimDevice(Protocol):
    """A device on the air."""

    @property
    def sensor_id(self) -> str:
        """The device's own serial."""

    @property
    def placement(self) -> str:
        """``pelvis``, ``shank_left``, ``shank_right``, or ``""`` for side channels."""

    @property
    def address(self) -> str:
        """Random static Bluetooth address."""

    @property
    def mtu(self) -> int:
        """Largest ATT MTU that its stack agrees to."""

    def advertisement(self) -> Advertisement:
        """What it advertises now."""

    def services(self) -> tuple[ServiceSpec, ...]:
        """Its attribute table; does not change."""

    def read(self, characteristic: str) -> bytes:
        """Answer a read.

        Raises:
            FirmwareError: refused, with the ATT error code.
        """

    def write(self, characteristic: str, value: bytes) -> None:
        """Take a write; what it says in answer becomes due in :meth:`due`.

        Raises:
            FirmwareError: refused, with the ATT error code.
        """

    def subscribed(self, characteristic: str, on: bool) -> None:
        """The host switched notifications or indications of a characteristic on or off."""

    def connected(self, mtu: int) -> None:
        """A host connected; ``mtu`` is the ATT MTU agreed (called again when it changes)."""

    def disconnected(self) -> None:
        """The host is gone."""

    def next_due_s(self) -> float | None:
        """Air time of the next thing to send; None while there is nothing. Asked after every event."""

    def due(self, until_s: float) -> list[Outgoing]:
        """Take what is complete up to an air time, in order. What is not sent then is lost, not kept."""

    def undelivered(self, outgoing: Outgoing) -> None:
        """Something taken by :meth:`due` was lost or had no listener."""

    def reboot(self) -> None:
        """Lose power and come back: counters, settings in RAM and streams start anew."""


DeviceMaker: TypeAlias = Callable[[AirClock], SimDevice]
"""Makes a device that keeps its time by its host's clock; hosts take these, for the clock is theirs."""


@runtime_checkable
class SelfPowered(Protocol):
    """A device that can switch itself off or start itself anew; its host looks after every request."""

    @property
    def on_air(self) -> bool:
        """False once it has switched itself off: no link, no advertisement, for good."""

    @property
    def boots(self) -> int:
        """How often it has come up; when this rises by itself the link is gone for a moment."""


@runtime_checkable
class QueueAware(Protocol):
    """A device that marks its stream when its send queue was full."""

    def overflowed(self, outgoing: Outgoing) -> None:
        """Something taken by ``due`` found the send queue full (told besides ``undelivered``)."""
