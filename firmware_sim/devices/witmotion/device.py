"""A WitMotion WT901BLE or WT9011DCL-BT50 on the air."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from firmware_sim.device import Advertisement, Outgoing, ServiceSpec
from firmware_sim.devices.attitude import magnetic_field_ut, quaternions
from firmware_sim.devices.gatt_device import GattDevice
from firmware_sim.devices.identity import parse_variant, static_address
from firmware_sim.devices.standard_services import characteristic
from firmware_sim.devices.witmotion import registers as reg
from firmware_sim.devices.witmotion.frames import DateTime, commands, encode_reply
from firmware_sim.devices.witmotion.stream import (
    SPLIT_CHANCE,
    ByteBuffer,
    FrameStream,
    RangeSwitch,
)
from firmware_sim.devices.worn_imu import NoiseDensity, WornImu
from firmware_sim.rng import Purpose

if TYPE_CHECKING:
    from firmware_sim.body.jet import Array
    from firmware_sim.device import AirClock
    from firmware_sim.devices.identity import DeviceIdentity
    from firmware_sim.session import SimulatedSession

SERVICE = "0000ffe5-0000-1000-8000-00805f9a34fb"
NOTIFY = "0000ffe4-0000-1000-8000-00805f9a34fb"
WRITE = "0000ffe9-0000-1000-8000-00805f9a34fb"
"""The base ends in 9a34fb, which is not the Bluetooth base."""

VARIANTS = ("wt901ble", "sdcl", "range-switch", "displacement")
TRUE_RATE = (0.9925, 0.9975)
"""True over nominal rate: 198.5-199.5 Hz at 200."""

_NOISE = NoiseDensity(acc_ug=300.0, gyro_mdps=10.0)
_SUPPRESSED_FROM_HZ = 200.0
_DISTURBED_FROM_HZ = 100.0
_FIRST_DATE = datetime(2026, 1, 1)  # noqa: DTZ001 the device knows no time zone
_VERSION = 0x2F0A


class WitMotion(GattDevice):
    """The device; ``VARIANTS`` are its options.

    Args:
        session: Who wears it and what is done.
        identity: Who it is.
        clock: Time of its air.
        variant: ``wt901ble`` (another name), ``sdcl`` (28-byte frames with date), ``range-switch`` (a step
            where the chip passes from 2 g to 16 g), ``displacement`` (an earlier owner left output content
            1 in the flash), joined by ``+``.
    """

    def __init__(
        self,
        session: SimulatedSession,
        identity: DeviceIdentity,
        clock: AirClock,
        variant: str | None = None,
    ) -> None:
        options = parse_variant(variant, VARIANTS, "witmotion")
        address = static_address(*identity.unit)
        super().__init__(
            identity,
            clock,
            sensor_id=address.replace(":", ""),
            address=address,
            mtu=247,
            services=(
                ServiceSpec(
                    SERVICE,
                    (
                        characteristic(NOTIFY, "notify"),
                        characteristic(WRITE, "write-without-response"),
                    ),
                ),
            ),
            advertisement=Advertisement(_name(options)),
            constants={},
        )
        self.writers[WRITE] = self._command
        self.subscribers[NOTIFY] = self._listened
        rng = identity.random(session.seed, Purpose.RADIO)
        self._rng = rng
        self._true_rate = float(rng.uniform(*TRUE_RATE))
        self._imu = WornImu(session, identity, _NOISE)
        self._missing = float(rng.uniform(0.4, 1.0)) * session.fault_settings.startup_loss
        self._date0 = _FIRST_DATE + timedelta(seconds=int(rng.integers(0, 15_000_000)))
        switch = RangeSwitch(0.02 * rng.standard_normal(3), 1.0 + 0.005 * rng.standard_normal())
        self._switch = switch if "range-switch" in options else None
        self._dated = "sdcl" in options
        self._registers = reg.Registers(content=1 if "displacement" in options else 0)
        self._nominal_hz = reg.RATES_HZ[reg.FACTORY[reg.RATE]]
        self._flow: FrameStream | None = None
        self._plan: int | None = None
        self._buffer = ByteBuffer()
        self._replies: list[tuple[float, bytes]] = []
        self._updating = False
        self._looked: tuple[float, Array] | None = None

    # --- commands ---

    def _command(self, value: bytes) -> None:
        for register, content in commands(value):
            if self._updating:
                return
            if register == reg.READ:
                self._read_registers(content & 0xFF)
                continue
            change = self._registers.write(register, content, self.clock.now_s())
            if change.firmware_update:
                self._updating = True
                self._end_flow()
            elif change.clock:
                self._set_date()
            elif change.rate or register == reg.CONTENT:
                self._begin_flow()

    def _read_registers(self, first: int) -> None:
        now = self.clock.now_s()
        reply = encode_reply(first, tuple(self._register(first + i) for i in range(8)))
        hz = 0.0 if self._flow is None else self._nominal_hz
        if self._flow is not None and hz >= _DISTURBED_FROM_HZ:
            self._flow.disturb(int(self._rng.integers(1, 4)))
        if hz >= _SUPPRESSED_FROM_HZ:
            if self._rng.random() < 0.85:
                return
            self._replies.append((now + float(self._rng.uniform(0.8, 2.5)), reply))
        elif self._flow is not None and self._flow.batch > 1:
            self._replies.append((now + float(self._rng.uniform(0.01, 0.05)), reply))
        else:
            self.send(NOTIFY, reply, after_s=float(self._rng.uniform(0.02, 0.05)))

    def _register(self, register: int) -> int:
        now = self.clock.now_s()
        if reg.CLOCK <= register < reg.CLOCK + 4:
            d = self._date(now)
            fields = (
                (d.year, d.month),
                (d.day, d.hour),
                (d.minute, d.second),
                (d.millisecond & 0xFF, d.millisecond >> 8),
            )
            low, high = fields[register - reg.CLOCK]
            return low | high << 8
        if reg.MAGNETIC_FIELD <= register < reg.MAGNETIC_FIELD + 3:
            attitude = self._attitude()
            field = magnetic_field_ut(attitude, self._imu.fusion.heading_rad)[0]
            return round(float(field[register - reg.MAGNETIC_FIELD]) * 10.0)  # milligauss
        if reg.QUATERNION <= register < reg.QUATERNION + 4:
            q = quaternions(self._attitude())[0]
            return min(32767, round(float(q[register - reg.QUATERNION]) * 32768.0))
        if register == reg.TEMPERATURE:
            warm = 1.0 - np.exp(-max(now + self.identity.uptime_s, 0.0) / 400.0)
            return round(100.0 * (24.0 + 8.0 * float(warm)))
        if register == reg.BATTERY:
            return reg.battery_centivolts(self.battery_percent())
        if register == reg.VERSION:
            return _VERSION
        return self._registers.value(register)

    def _attitude(self) -> Array:
        """The present attitude as one matrix, (1, 3, 3)."""
        at_s = self.clock.session_s(self.clock.now_s())
        if self._looked is None or self._looked[0] != at_s:
            source = self._imu.stream(10.0)
            attitude = source.take(source.first_after(at_s), 1).attitude
            self._looked = (at_s, attitude)
        return self._looked[1]

    # --- date ---

    def _date(self, air_s: float) -> DateTime:
        at = self._date0 + timedelta(seconds=max(0.0, self.uptime_s(air_s)))
        return _fields(at)

    def _set_date(self) -> None:
        words = [self._registers.value(reg.CLOCK + i) for i in range(4)]
        year, month, day, hour, minute, second = (
            b for word in words[:3] for b in (word & 0xFF, word >> 8)
        )
        try:
            at = datetime(2000 + year, month, day, hour, minute, second)  # noqa: DTZ001
        except ValueError:
            return  # half-written dates are not dates yet
        now = self.clock.now_s()
        self._date0 = at + timedelta(milliseconds=words[3] % 1000, seconds=-self.uptime_s(now))

    # --- flow ---

    def _listened(self, on: bool) -> None:
        if on:
            self._begin_flow()
        else:
            self._end_flow()
            if self.host_mtu is not None:
                self.leave_script()

    def _begin_flow(self) -> None:
        if NOTIFY not in self.listening or self._updating:
            return
        self.agenda.cancel(self._plan)
        # a code that the firmware does not know is stored, but the flow goes on as it was
        self._nominal_hz = self._registers.rate_hz or self._nominal_hz
        nominal = self._nominal_hz
        session_s = self.join_script()
        source = self._imu.stream(nominal * self._true_rate, cutoff_hz=self._registers.cutoff_hz)
        if self._flow is not None:  # no instant is sampled twice
            session_s = max(session_s, self._flow.last_s + 0.5 / nominal)
        first = source.first_after(session_s)
        start_air_s = self.air_of(source.time_s(first))
        began = self._date0 + timedelta(seconds=max(0.0, self.uptime_s(start_air_s)))

        def date(since: int) -> DateTime:
            return _fields(began + timedelta(milliseconds=round(since * 1e3 / nominal)))

        self._flow = FrameStream(
            source,
            first,
            nominal,
            self._registers.content,
            self._missing,
            self._rng,
            date if self._dated else None,
            self.uptime_s(start_air_s),
            self._switch,
        )
        self._plan_batch()

    def _end_flow(self) -> None:
        self.agenda.cancel(self._plan)
        self._plan = self._flow = None
        self._buffer.clear()
        self._replies.clear()

    def _plan_batch(self) -> None:
        flow = self._flow
        if flow is not None:
            last = flow.next + max(1, flow.batch - self._buffer.frames) - 1
            self._plan = self.agenda.at(self.air_of(flow.source.time_s(last)), self._batch)

    def _batch(self, air_s: float) -> Iterable[Outgoing]:
        flow = self._flow
        if flow is None:
            return ()
        for session_s, frame in flow.frames(max(1, flow.batch - self._buffer.frames)):
            if frame is not None:
                self._buffer.add(frame, data=True)
            while self._replies and self._replies[0][0] <= self.air_of(session_s):
                self._buffer.add(self._replies.pop(0)[1], data=False)
        full = self._buffer.frames >= flow.batch
        pieces = []
        if full:
            split = flow.batch > 1 and self._rng.random() < SPLIT_CHANCE
            keep = int(self._rng.integers(1, 20)) if split else 0
            pieces = self._buffer.pieces(self.payload_limit, keep)
        self._plan_batch()
        return [Outgoing(air_s, NOTIFY, p.payload, p.samples) for p in pieces]

    def _on_reboot(self) -> None:
        super()._on_reboot()
        self._end_flow()
        self._updating = False
        self._registers.power_up()
        self._nominal_hz = self._registers.rate_hz or reg.RATES_HZ[reg.FACTORY[reg.RATE]]


def _name(options: frozenset[str]) -> str:
    if "sdcl" in options:
        return "WT901SDCL-BT50"
    return "WT901BLE68" if "wt901ble" in options else "WT9011DCL-BT50"


def _fields(at: datetime) -> DateTime:
    return DateTime(
        at.year % 100, at.month, at.day, at.hour, at.minute, at.second, at.microsecond // 1000
    )
