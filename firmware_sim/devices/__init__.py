"""Devices of other makers, at the level of bytes on the air, and the side channels beside them.

``make_device`` gives any of them for a session; a host (virtual radio or fast path) drives it through
``firmware_sim.device.SimDevice``. What each models, and what not: ``docs/simulated-devices.md``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from firmware_sim.devices.heart_rate.device import VARIANTS as HEART_RATE_VARIANTS
from firmware_sim.devices.heart_rate.device import HeartRateStrap
from firmware_sim.devices.identity import DeviceIdentity, draw_identity
from firmware_sim.devices.movella.device import VARIANTS as MOVELLA_VARIANTS
from firmware_sim.devices.movella.device import MovellaDot
from firmware_sim.devices.movesense.device import VARIANTS as MOVESENSE_VARIANTS
from firmware_sim.devices.movesense.device import Movesense
from firmware_sim.devices.polar.device import VARIANTS as POLAR_VARIANTS
from firmware_sim.devices.polar.device import PolarVeritySense
from firmware_sim.devices.running_speed.device import VARIANTS as RUNNING_SPEED_VARIANTS
from firmware_sim.devices.running_speed.device import RunningPod
from firmware_sim.devices.witmotion.device import VARIANTS as WITMOTION_VARIANTS
from firmware_sim.devices.witmotion.device import WitMotion
from firmware_sim.errors import SimulationError
from firmware_sim.imu.mounting import PLACEMENTS, Placement
from firmware_sim.profile.open_device import OpenGaitDevice

if TYPE_CHECKING:
    from firmware_sim.device import AirClock, SimDevice
    from firmware_sim.session import SimulatedSession

    _Make: TypeAlias = Callable[[SimulatedSession, DeviceIdentity, AirClock, str | None], SimDevice]

__all__ = ["device_kinds", "device_variants", "make_device"]

OPEN_GAIT_IMU = "open_gait_imu"


class _Kind(NamedTuple):
    """One kind: what makes it, its variants, and whether it is worn on a segment."""

    make: _Make
    variants: tuple[str, ...]
    worn: bool


_KINDS: dict[str, _Kind] = {
    "witmotion": _Kind(WitMotion, WITMOTION_VARIANTS, worn=True),
    "polar_verity": _Kind(PolarVeritySense, POLAR_VARIANTS, worn=True),
    "movella_dot": _Kind(MovellaDot, MOVELLA_VARIANTS, worn=True),
    "movesense": _Kind(Movesense, MOVESENSE_VARIANTS, worn=True),
    "heart_rate": _Kind(HeartRateStrap, HEART_RATE_VARIANTS, worn=False),
    "running_speed": _Kind(RunningPod, RUNNING_SPEED_VARIANTS, worn=False),
}


def device_kinds() -> tuple[str, ...]:
    """Names of all kinds of device."""
    return (OPEN_GAIT_IMU, *_KINDS)


def device_variants(kind: str) -> tuple[str, ...]:
    """Names that ``variant`` may hold for a kind, joined by ``+``.

    Raises:
        SimulationError: There is no such kind.
    """
    return () if kind == OPEN_GAIT_IMU else _kind(kind).variants


def _kind(kind: str) -> _Kind:
    if kind not in _KINDS:
        raise SimulationError(
            "kind", kind, f"Device kind {kind!r} is not known; use {', '.join(device_kinds())}."
        )
    return _KINDS[kind]


def make_device(
    kind: str,
    session: SimulatedSession,
    placement: Placement | None,
    clock: AirClock,
    *,
    variant: str | None = None,
) -> SimDevice:
    """Make a device.

    Args:
        kind: One of :func:`device_kinds`.
        session: Who wears it and what is done.
        placement: Body segment; None for heart rate and running speed.
        clock: Time of the air it will live in.
        variant: Options of the kind, see :func:`device_variants`.

    Returns:
        The device; equal arguments give equal devices, and equal treatment equal bytes.

    Raises:
        SimulationError: An unknown kind, placement or variant.
    """
    worn = kind == OPEN_GAIT_IMU or _kind(kind).worn
    if worn and placement not in PLACEMENTS:
        raise SimulationError(
            "placement",
            placement,
            f"A simulated {kind} is worn on a segment; use {', '.join(PLACEMENTS)}.",
        )
    if not worn and placement is not None:
        raise SimulationError(
            "placement", placement, f"A simulated {kind} has no placement; use None."
        )
    if kind == OPEN_GAIT_IMU:
        if variant:
            raise SimulationError("variant", variant, f"A simulated {kind} has no variants.")
        return OpenGaitDevice(next(s for s in session.sensors if s.placement == placement), clock)
    return _kind(kind).make(session, draw_identity(session, kind, placement), clock, variant)
