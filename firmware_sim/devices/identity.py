"""Who a simulated device is and how its crystal and battery differ from the next one's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from firmware_sim.errors import SimulationError
from firmware_sim.imu.mounting import PLACEMENTS, Placement
from firmware_sim.rng import Purpose, stream

if TYPE_CHECKING:
    import numpy as np

    from firmware_sim.session import SimulatedSession

KIND_NUMBERS = {
    "witmotion": 1001,
    "polar_verity": 1002,
    "movella_dot": 1003,
    "movesense": 1004,
    "heart_rate": 1005,
    "running_speed": 1006,
}
"""Part of the key of every draw of a device; numbers never change."""


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """What is drawn once per device.

    Attributes:
        kind: Kind of device.
        placement: Where it is worn, ``""`` for side channels.
        unit: Six random bytes, from which serials and addresses are made.
        battery_start_percent: Level at air time 0.
        battery_s_per_percent: Time in which it falls by one percent, s.
        clock_ppm: Drift of its clock, parts per million.
        rate_error: Relative error of its sampling oscillator.
        uptime_s: How long it had been on at air time 0, s.
        mtu: Largest ATT MTU that the session allows.
    """

    kind: str
    placement: Placement | None
    unit: bytes
    battery_start_percent: int
    battery_s_per_percent: float
    clock_ppm: float
    rate_error: float
    uptime_s: float
    mtu: int

    def random(self, seed: int, purpose: Purpose, *key: int) -> np.random.Generator:
        """Random numbers of this device for one purpose."""
        return stream(seed, purpose, KIND_NUMBERS[self.kind], place_number(self.placement), *key)


def place_number(placement: Placement | None) -> int:
    """Number of a placement in the key of a draw; side channels come last."""
    return len(PLACEMENTS) if placement is None else PLACEMENTS.index(placement)


def static_address(*octets: int) -> str:
    """A random static address as text from six octets, most significant first (the top two bits are set)."""
    first, *rest = octets
    return ":".join(f"{b:02X}" for b in (first | 0xC0, *rest))


def draw_identity(
    session: SimulatedSession, kind: str, placement: Placement | None
) -> DeviceIdentity:
    """Draw a device; equal sessions, kinds and placements give equal devices."""
    rng = stream(session.seed, Purpose.IDENTITY, KIND_NUMBERS[kind], place_number(placement))
    faults = session.fault_settings
    return DeviceIdentity(
        kind=kind,
        placement=placement,
        unit=rng.bytes(6),
        battery_start_percent=round(faults.battery_start_percent) or int(rng.integers(60, 100)),
        battery_s_per_percent=faults.battery_s_per_percent,
        clock_ppm=faults.clock_ppm * float(rng.uniform(-1.0, 1.0)),
        rate_error=faults.rate_error * float(rng.uniform(-1.0, 1.0)),
        uptime_s=float(rng.uniform(5.0, 600.0)),
        mtu=faults.mtu,
    )


def parse_variant(variant: str | None, known: tuple[str, ...], kind: str) -> frozenset[str]:
    """Options of a device from names joined by ``+``.

    Raises:
        SimulationError: A name that this kind of device does not know.
    """
    names = frozenset(filter(None, (variant or "").split("+")))
    unknown = sorted(names - set(known))
    if unknown:
        raise SimulationError(
            "variant",
            variant,
            f"A simulated {kind} has no variant {', '.join(unknown)}; "
            f"use {', '.join(known)}, joined by '+'.",
        )
    return names
