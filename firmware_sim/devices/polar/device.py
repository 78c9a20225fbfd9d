"""A Polar Verity Sense on the air."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from firmware_sim.device import Advertisement, Outgoing, ServiceSpec
from firmware_sim.devices.gatt_device import ATT_CCCD_IMPROPER, ATT_INVALID_LENGTH, GattDevice
from firmware_sim.devices.heart_rate.heart import Heart
from firmware_sim.devices.heart_rate.measurement import encode_heart_rate
from firmware_sim.devices.identity import parse_variant, static_address
from firmware_sim.devices.polar.pmd_frames import Measurement
from firmware_sim.devices.polar.pmd_settings import (
    Choices,
    Op,
    Refused,
    Setting,
    Status,
    encode_factor,
    encode_features,
    encode_reply,
    encode_settings,
    parse_choice,
)
from firmware_sim.devices.polar.stream import Format, MeasurementStream
from firmware_sim.devices.standard_services import (
    BATTERY,
    INFORMATION,
    characteristic,
    information_values,
    sig,
)
from firmware_sim.devices.worn_imu import NoiseDensity, WornImu
from firmware_sim.errors import FirmwareError

if TYPE_CHECKING:
    from firmware_sim.device import AirClock
    from firmware_sim.devices.identity import DeviceIdentity
    from firmware_sim.session import SimulatedSession

PMD_SERVICE = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
PMD_CONTROL = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
PMD_DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"
HEART_RATE_SERVICE = sig(0x180D)
HEART_RATE = sig(0x2A37)

VARIANTS = ("mg-frames", "plain-frames", "time-set")
MTU = 232
SMALLEST_MTU = 70
"""Below this a start is refused (our assumption; the status exists, its bound is not published)."""

UNSET_EPOCH_NS = 599_616_000 * 10**9
"""Device time at power-up while nobody has set it: 2019-01-01, counted from 2000-01-01."""

_SET_EPOCH_NS = 835_000_000 * 10**9
_REPLY_S = 0.03
_FEATURES = (
    Measurement.PPG,
    Measurement.ACC,
    Measurement.PPI,
    Measurement.GYRO,
    Measurement.MAG,
    Measurement.SDK_MODE,
)
_NOISE = NoiseDensity(acc_ug=110.0, gyro_mdps=7.0)
_GYRO_LSB_DPS = {250: 0.00875, 500: 0.0175, 1000: 0.035, 2000: 0.070}
_SDK_RATES_HZ = (26, 52, 104, 208, 416)


def _choices(rates: tuple[int, ...], ranges: tuple[int, ...]) -> Choices:
    return {
        Setting.RATE: rates,
        Setting.RESOLUTION: (16,),
        Setting.RANGE: ranges,
        Setting.CHANNELS: (3,),
    }


_NORMAL = {Measurement.ACC: _choices((52,), (8,)), Measurement.GYRO: _choices((52,), (2000,))}
_SDK = {
    Measurement.ACC: _choices(_SDK_RATES_HZ, (2, 4, 8, 16)),
    Measurement.GYRO: _choices(_SDK_RATES_HZ, (250, 500, 1000, 2000)),
}


class PolarVeritySense(GattDevice):
    """The device; ``VARIANTS`` are its options.

    Args:
        session: Who wears it and what is done.
        identity: Who it is.
        clock: Time of its air.
        variant: ``mg-frames`` (acceleration as differences of mg, type 1, instead of counts with a factor),
            ``plain-frames`` (acceleration uncompressed, mg), ``time-set`` (its clock had been set),
            joined by ``+``.
    """

    def __init__(
        self,
        session: SimulatedSession,
        identity: DeviceIdentity,
        clock: AirClock,
        variant: str | None = None,
    ) -> None:
        self._options = parse_variant(variant, VARIANTS, "polar_verity")
        serial = identity.unit[:4].hex().upper()
        super().__init__(
            identity,
            clock,
            sensor_id=serial,
            address=static_address(0xE0 | identity.unit[5] & 0x0F, 0x9E, *identity.unit[:4]),
            mtu=MTU,
            services=(
                ServiceSpec(HEART_RATE_SERVICE, (characteristic(HEART_RATE, "notify"),)),
                ServiceSpec(
                    PMD_SERVICE,
                    (
                        characteristic(PMD_CONTROL, "read", "write", "indicate"),
                        characteristic(PMD_DATA, "notify"),
                    ),
                ),
                BATTERY,
                INFORMATION,
            ),
            advertisement=Advertisement(f"Polar Sense {serial}", (HEART_RATE_SERVICE,)),
            constants={
                PMD_CONTROL: encode_features(_FEATURES),
                **information_values("Polar Electro Oy", "4K", serial, "2.1.0"),
            },
        )
        self.writers[PMD_CONTROL] = self._control
        self.subscribers[HEART_RATE] = lambda _: self._plan_heart()
        self._imu = WornImu(session, identity, _NOISE)
        self._heart = Heart(session)
        self._epoch_ns = _SET_EPOCH_NS if "time-set" in self._options else UNSET_EPOCH_NS
        self._sdk_mode = False
        self._streams: dict[Measurement, MeasurementStream] = {}
        self._plans: dict[Measurement, int] = {}
        self._heart_plan: int | None = None

    # --- control point ---

    def _control(self, value: bytes) -> None:
        if PMD_CONTROL not in self.listening:
            raise FirmwareError(
                ATT_CCCD_IMPROPER, "Switch indications of the control point on before a request."
            )
        if len(value) < 2:
            raise FirmwareError(
                ATT_INVALID_LENGTH, "A request needs an operation and a measurement type."
            )
        op, measurement, parameters = value[0], value[1], value[2:]
        try:
            status, answer = Status.SUCCESS, self._do(op, measurement, parameters)
        except Refused as refused:
            status, answer = refused.status, b""
        self.send(PMD_CONTROL, encode_reply(op, measurement, status, answer), after_s=_REPLY_S)

    def _do(self, op: int, number: int, parameters: bytes) -> bytes:
        if op not in set(Op):
            raise Refused(Status.INVALID_OP_CODE)
        if number not in set(Measurement):
            raise Refused(Status.INVALID_MEASUREMENT_TYPE)
        measurement = Measurement(number)
        if measurement is Measurement.SDK_MODE:
            return self._sdk(Op(op))
        choices = (_SDK if self._sdk_mode else _NORMAL).get(measurement)
        if choices is None:
            raise Refused(Status.NOT_SUPPORTED)
        if op == Op.GET_SETTINGS:
            return encode_settings(choices)
        if op == Op.START:
            return self._start(measurement, parse_choice(parameters, choices))
        if measurement not in self._streams:
            raise Refused(Status.ALREADY_IN_STATE)
        self._stop(measurement)
        if not self._streams:
            self.leave_script()
        return b""

    def _sdk(self, op: Op) -> bytes:
        if op is Op.GET_SETTINGS:
            raise Refused(Status.NOT_SUPPORTED)
        if self._streams:
            raise Refused(Status.INVALID_STATE)
        if self._sdk_mode == (op is Op.START):
            raise Refused(Status.ALREADY_IN_STATE)
        self._sdk_mode = op is Op.START
        self._plan_heart()
        return b""

    def _start(self, measurement: Measurement, chosen: dict[Setting, int]) -> bytes:
        if measurement in self._streams:
            raise Refused(Status.ALREADY_IN_STATE)
        if (self.host_mtu or 23) < SMALLEST_MTU:
            raise Refused(Status.INVALID_MTU)
        rate, span = chosen[Setting.RATE], chosen[Setting.RANGE]
        form, limit = self._form(measurement, span)
        session_s = self.join_script()
        source = self._imu.stream(rate * (1.0 + self.identity.rate_error), cutoff_hz=rate / 2.0)
        self._streams[measurement] = MeasurementStream(
            measurement, form, limit, source, source.first_after(session_s), self._clock_ns
        )
        self._plan_frame(measurement)
        return b"" if form.factor is None else encode_factor(form.factor)

    def _form(self, measurement: Measurement, span: int) -> tuple[Format, int]:
        """How frames are made, and the largest count."""
        if measurement is Measurement.GYRO:
            lsb = _GYRO_LSB_DPS[span]
            return Format(0, True, lsb, lsb), 32767
        if "plain-frames" in self._options:
            return Format(1, False, 1e-3, None), span * 1000
        if "mg-frames" in self._options:
            return Format(1, True, 1e-3, 1.0), span * 1000
        lsb = span / 32768.0
        return Format(0, True, lsb, lsb), 32767

    def _stop(self, measurement: Measurement) -> None:
        self.agenda.cancel(self._plans.pop(measurement, None))
        self._streams.pop(measurement, None)

    def _clock_ns(self, session_s: float) -> int:
        return self._epoch_ns + round(self.uptime_s(self.air_of(session_s)) * 1e9)

    def _plan_frame(self, measurement: Measurement) -> None:
        frame = self._streams[measurement].frame(self.payload_limit)

        def ready(air_s: float) -> Iterable[Outgoing]:
            self._plan_frame(measurement)
            return (Outgoing(air_s, PMD_DATA, frame.payload, frame.samples),)

        self._plans[measurement] = self.agenda.at(self.air_of(frame.ready_s), ready)

    # --- heart rate ---

    def _plan_heart(self) -> None:
        """Heart rate once a second, never in SDK mode: its optical sensor is off then."""
        self.agenda.cancel(self._heart_plan)
        self._heart_plan = None
        if self._sdk_mode or HEART_RATE not in self.listening:
            return

        def beat(air_s: float) -> Iterable[Outgoing]:
            self._heart_plan = self.agenda.at(air_s + 1.0, beat)
            bpm = round(self._heart.rate_bpm(self.clock.session_s(air_s)))
            return (Outgoing(air_s, HEART_RATE, encode_heart_rate(bpm, contact=True)),)

        self._heart_plan = self.agenda.at(self.clock.now_s() + 1.0, beat)

    # --- link and power ---

    def _on_disconnected(self) -> None:
        for measurement in list(self._streams):
            self._stop(measurement)
        super()._on_disconnected()

    def _on_reboot(self) -> None:
        super()._on_reboot()
        self._streams.clear()
        self._plans.clear()
        self._heart_plan = None
        self._sdk_mode = False
