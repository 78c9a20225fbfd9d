"""A running pod on the air: speed, cadence and distance, once a second."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from firmware_sim.device import ServiceSpec
from firmware_sim.devices.gatt_device import ATT_CCCD_IMPROPER, ATT_INVALID_LENGTH
from firmware_sim.devices.identity import parse_variant
from firmware_sim.devices.once_a_second import ALONE, SECONDS, SecondlyDevice
from firmware_sim.devices.pace import pace_at
from firmware_sim.devices.running_speed.measurement import encode_running_speed
from firmware_sim.devices.standard_services import characteristic, sig
from firmware_sim.errors import FirmwareError
from firmware_sim.rng import Purpose

if TYPE_CHECKING:
    from firmware_sim.body.model import Body
    from firmware_sim.device import AirClock
    from firmware_sim.devices.identity import DeviceIdentity
    from firmware_sim.session import SimulatedSession

SERVICE = sig(0x1814)
MEASUREMENT = sig(0x2A53)
FEATURE = sig(0x2A54)
LOCATION = sig(0x2A5D)
CONTROL_POINT = sig(0x2A55)

VARIANTS = ("strides", ALONE)
_FEATURES = 0b00111
"""Stride length, total distance, walking or running."""

_TOP_OF_SHOE = 1
_STEPS = 4
_SET_DISTANCE, _REPLY = 1, 0x10
_OK, _UNKNOWN_OP, _BAD_PARAMETER = 1, 2, 3


class RunningPod(SecondlyDevice):
    """The device; ``VARIANTS`` are its options.

    Args:
        session: Who wears it and what is done.
        identity: Who it is.
        clock: Time of its air.
        variant: ``strides`` (cadence counts strides, the length is of a stride; otherwise steps), ``alone``
            (listening to it starts the script), joined by ``+``.
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
                    characteristic(FEATURE, "read"),
                    characteristic(LOCATION, "read"),
                    characteristic(CONTROL_POINT, "write", "indicate"),
                ),
            ),
            advertised="Pod",
            model="Simulated pod",
            constants={
                FEATURE: struct.pack("<H", _FEATURES),
                LOCATION: bytes([_TOP_OF_SHOE]),
            },
            options=parse_variant(variant, VARIANTS, "running_speed"),
        )
        self.writers[CONTROL_POINT] = self._control
        self._session = session
        # pods estimate speed; a few percent is what they get wrong
        self._gain = 1.0 + 0.02 * float(
            identity.random(session.seed, Purpose.SENSOR_ERRORS).standard_normal()
        )
        self._body: Body | None = None
        self._body_s = 0.0
        self._distance_m = 0.0

    def _control(self, value: bytes) -> None:
        if CONTROL_POINT not in self.listening:
            raise FirmwareError(
                ATT_CCCD_IMPROPER, "Switch indications of the control point on before a request."
            )
        if not value:
            raise FirmwareError(ATT_INVALID_LENGTH, "The control point takes an operation.")
        if value[0] != _SET_DISTANCE:
            result = _UNKNOWN_OP
        elif len(value) != 5:
            result = _BAD_PARAMETER
        else:
            self._distance_m = int.from_bytes(value[1:], "little") / 10.0
            result = _OK
        self.send(CONTROL_POINT, bytes((_REPLY, value[0], result)), after_s=0.02)

    def _payload(self, air_s: float) -> bytes:
        t_s = self.clock.session_s(air_s)
        pace = pace_at(self._session, t_s)
        moving = pace.moving > 0.5
        speed = pace.speed_m_s * self._gain
        steps_per_min = self._steps_per_min(t_s) if moving else 0.0
        self._distance_m += speed * SECONDS
        per_min = steps_per_min / (2.0 if "strides" in self._options else 1.0)
        return encode_running_speed(
            speed,
            round(per_min),
            stride_m=60.0 * speed / per_min if per_min else 0.0,
            distance_m=self._distance_m,
            running=pace.running > 0.5,
        )

    def _steps_per_min(self, t_s: float) -> float:
        """Mean of the last four steps."""
        if self._body is None or t_s < self._body_s:  # the script began anew
            self._body = self._session.body()
        self._body_s = t_s
        steps = self._body.steps
        steps.reach(t_s + 1.0)
        if t_s > 20.0:
            steps.forget_before(t_s - 10.0)
        times = steps.column("time_s")
        last = int(np.searchsorted(times, t_s, side="right")) - 1
        return 60.0 * _STEPS / float(times[last] - times[last - _STEPS])

    def _on_reboot(self) -> None:
        super()._on_reboot()
        self._distance_m = 0.0
