"""A heart-rate chest strap on the air."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware_sim.device import ServiceSpec
from firmware_sim.devices.gatt_device import ATT_INVALID_LENGTH
from firmware_sim.devices.heart_rate.heart import Heart
from firmware_sim.devices.heart_rate.measurement import encode_heart_rate
from firmware_sim.devices.identity import parse_variant
from firmware_sim.devices.once_a_second import ALONE, SecondlyDevice
from firmware_sim.devices.standard_services import characteristic, sig
from firmware_sim.errors import FirmwareError

if TYPE_CHECKING:
    from firmware_sim.device import AirClock
    from firmware_sim.devices.identity import DeviceIdentity
    from firmware_sim.session import SimulatedSession

SERVICE = sig(0x180D)
MEASUREMENT = sig(0x2A37)
LOCATION = sig(0x2A38)
CONTROL_POINT = sig(0x2A39)

VARIANTS = ("no-contact", ALONE)
ATT_CONTROL_POINT_NOT_SUPPORTED = 0x80
_CHEST = 1
_RESET_ENERGY = 1
_ENERGY_EVERY = 10
_MOST_INTERVALS = 8


class HeartRateStrap(SecondlyDevice):
    """The device; ``VARIANTS`` are its options.

    Args:
        session: Who wears it and what is done.
        identity: Who it is.
        clock: Time of its air.
        variant: ``no-contact`` (it has lost the skin), ``alone`` (listening to it starts the script),
            joined by ``+``.
    """

    def __init__(
        self,
        session: SimulatedSession,
        identity: DeviceIdentity,
        clock: AirClock,
        variant: str | None = None,
    ) -> None:
        super().__init__(
            identity,
            clock,
            service=ServiceSpec(
                SERVICE,
                (
                    characteristic(MEASUREMENT, "notify"),
                    characteristic(LOCATION, "read"),
                    characteristic(CONTROL_POINT, "write"),
                ),
            ),
            advertised="HR",
            model="Simulated strap",
            constants={LOCATION: bytes([_CHEST])},
            options=parse_variant(variant, VARIANTS, "heart_rate"),
        )
        self.writers[CONTROL_POINT] = self._control
        self._heart = Heart(session)
        self._beat = 0
        self._next_beat_s: float | None = None
        self._intervals: list[float] = []
        self._sent = 0
        self._energy_from_kj = 0.0

    def _control(self, value: bytes) -> None:
        if len(value) != 1:
            raise FirmwareError(ATT_INVALID_LENGTH, "The control point takes one byte.")
        if value[0] != _RESET_ENERGY:
            raise FirmwareError(
                ATT_CONTROL_POINT_NOT_SUPPORTED, f"Control point value {value[0]} is not supported."
            )
        self._energy_from_kj = self._heart.energy_kj(self.clock.session_s(self.clock.now_s()))

    def _begin(self, air_s: float) -> None:
        self._next_beat_s = air_s + 0.3
        self._intervals.clear()

    def _payload(self, air_s: float) -> bytes:
        t_s = self.clock.session_s(air_s)
        self._collect_beats(air_s, t_s)
        contact = "no-contact" not in self._options
        energy = None
        if self._sent % _ENERGY_EVERY == 0:
            spent = self._heart.energy_kj(t_s) - self._energy_from_kj
            energy = min(max(0, round(spent)), 0xFFFF)
        self._sent += 1
        rr, self._intervals = self._intervals[:_MOST_INTERVALS], []
        return encode_heart_rate(
            round(self._heart.rate_bpm(t_s)) if contact else 0,
            contact=contact,
            energy_kj=energy,
            rr_s=rr if contact else (),
        )

    def _collect_beats(self, air_s: float, t_s: float) -> None:
        while self._next_beat_s is not None and self._next_beat_s <= air_s:
            interval = self._heart.interval_s(self._beat, self._next_beat_s, t_s)
            self._beat += 1
            self._intervals.append(interval)
            self._next_beat_s += interval

    def _on_reboot(self) -> None:
        super()._on_reboot()
        self._next_beat_s = None
        self._intervals.clear()
        self._sent = 0
