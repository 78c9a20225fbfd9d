"""A Movella DOT on the air."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from firmware_sim.device import Advertisement, Outgoing, ServiceSpec
from firmware_sim.devices.gatt_device import ATT_INVALID_LENGTH, GattDevice
from firmware_sim.devices.identity import KIND_NUMBERS, parse_variant, static_address
from firmware_sim.devices.movella import messages as msg
from firmware_sim.devices.movella.control import (
    CONTROL_BYTES,
    IDENTIFY,
    POWER,
    RECORDING_RATE_HZ,
    Settings,
    encode_device_info,
)
from firmware_sim.devices.movella.outputs import Outputs, period_us
from firmware_sim.devices.movella.payloads import (
    LONG,
    MEDIUM,
    MODES,
    ORIENTATION_MODES,
    SHORT,
    characteristic_of,
    dot_uuid,
)
from firmware_sim.devices.movella.sync import SyncState
from firmware_sim.devices.standard_services import characteristic
from firmware_sim.devices.worn_imu import NoiseDensity, WornImu
from firmware_sim.errors import FirmwareError
from firmware_sim.rng import Purpose, stream

if TYPE_CHECKING:
    from firmware_sim.device import AirClock
    from firmware_sim.devices.identity import DeviceIdentity
    from firmware_sim.session import SimulatedSession

DEVICE_INFO, DEVICE_CONTROL, DEVICE_REPORT = (dot_uuid(n) for n in (0x1001, 0x1002, 0x1004))
MEASUREMENT_CONTROL = dot_uuid(0x2001)
HEADING_CONTROL, HEADING_STATUS = dot_uuid(0x2006), dot_uuid(0x2007)
BATTERY_STATE = dot_uuid(0x3001)
MESSAGE_CONTROL, MESSAGE_ACK, MESSAGE_NOTIFY = (dot_uuid(n) for n in (0x7001, 0x7002, 0x7003))

COMPANY = 0x0886
VARIANTS = ("xsens", "near-wrap", "sync-fails")
_WRAP_US = 1 << 32
_NEAR_WRAP_S = 20.0
_NOISE = NoiseDensity(acc_ug=120.0, gyro_mdps=7.0)
_POWER_OFF_REPORT = 1
_HEADING_RESET, _HEADING_REVERT, _HEADING_DEFAULT = b"\x01\x00", b"\x07\x00", b"\x08\x00"


class _Clock(NamedTuple):
    """A clock that showed ``start_us`` at air time ``from_s`` and drifts by ``ppm``."""

    from_s: float
    start_us: int
    ppm: float

    def at_us(self, air_s: float) -> int:
        return self.start_us + round((air_s - self.from_s) * 1e6 * (1.0 + self.ppm * 1e-6))


class MovellaDot(GattDevice):
    """The device; ``VARIANTS`` are its options.

    Args:
        session: Who wears it and what is done.
        identity: Who it is.
        clock: Time of its air.
        variant: ``xsens`` (the name of older firmware), ``near-wrap`` (its clock wraps 20 s after the air
            began), ``sync-fails`` (synchronisation ends with too large a skew), joined by ``+``.
    """

    def __init__(
        self,
        session: SimulatedSession,
        identity: DeviceIdentity,
        clock: AirClock,
        variant: str | None = None,
    ) -> None:
        options = parse_variant(variant, VARIANTS, "movella_dot")
        unit = identity.unit
        address = static_address(0xD4, 0x22, 0xCD, 0x00, unit[0], unit[1])
        serial = 0xD422_CD00_0000 | unit[0] << 8 | unit[1]
        super().__init__(
            identity,
            clock,
            sensor_id=f"{serial:012X}",
            address=address,
            mtu=247,
            services=_SERVICES,
            advertisement=Advertisement(_name(options), manufacturer_data={COMPANY: b""}),
            constants={DEVICE_INFO: encode_device_info(msg.encode_address(address), serial, 2)},
        )
        self._seed = session.seed
        self._faults = session.fault_settings
        self._imu = WornImu(session, identity, _NOISE)
        self._settings = Settings(tag=_name(options).encode())
        near_wrap = _WRAP_US - int(_NEAR_WRAP_S * 1e6)
        start_us = near_wrap if "near-wrap" in options else int(identity.uptime_s * 1e6)
        self._own_clock = _Clock(0.0, start_us, identity.clock_ppm)
        self._time = self._own_clock
        self._mode = 4
        self._outputs: Outputs | None = None
        self._plan: int | None = None
        self._ack = b""
        self._heading_status = 0
        self._recording = False
        self._sync = SyncState(fails="sync-fails" in options)
        self.identified = 0
        self.readers |= {
            DEVICE_CONTROL: lambda: self._settings.encode(),
            MEASUREMENT_CONTROL: lambda: bytes((1, int(self._outputs is not None), self._mode)),
            HEADING_STATUS: lambda: bytes((self._heading_status,)),
            HEADING_CONTROL: lambda: bytes(2),
            BATTERY_STATE: self._battery_state,
            MESSAGE_ACK: self._read_ack,
        }
        self.writers = {
            DEVICE_CONTROL: self._sized(CONTROL_BYTES, self._control),
            MEASUREMENT_CONTROL: self._sized(3, self._measure),
            HEADING_CONTROL: self._sized(2, self._heading),
            MESSAGE_CONTROL: self._message,
        }
        for payload in (LONG, MEDIUM, SHORT):
            self.subscribers[payload] = partial(self._listened, payload)
        self.subscribers[BATTERY_STATE] = self._battery_listened
        self.on_link = lambda: self._sync.connected(self.clock.now_s())

    # --- reads and writes ---

    def _read_ack(self) -> bytes:
        result = self._sync.take_result()
        if result is not None:
            self._ack = msg.encode_message(msg.SYNC, bytes((msg.START_SYNC_ACK, result)))
            if result == msg.OK:
                self._adopt_root_clock()
        return self._ack

    def _battery_state(self) -> bytes:
        return bytes((self.battery_percent(), 0))

    def _sized(self, length: int, take: Callable[[bytes], None]) -> Callable[[bytes], None]:
        """Refuse values of another length."""

        def checked(value: bytes) -> None:
            if len(value) != length:
                raise FirmwareError(
                    ATT_INVALID_LENGTH, f"This takes {length} bytes, not {len(value)}."
                )
            take(value)

        return checked

    def _control(self, block: bytes) -> None:
        locked = self._outputs is not None or self._sync.synced
        self._settings = self._settings.changed_by(block, locked=locked)
        if block[0] & IDENTIFY and block[1] == 1:
            self.identified += 1
        if block[0] & POWER and block[2] & 1:
            if DEVICE_REPORT in self.listening:
                self.send(DEVICE_REPORT, bytes((_POWER_OFF_REPORT,)).ljust(36, b"\0"))
            self._stop()
            self.agenda.at(self.clock.now_s() + 0.5, self._power_off)

    def _power_off(self, _: float) -> Iterable[Outgoing]:
        self.switch_off()
        return ()

    # --- measuring ---

    def device_time_us(self, air_s: float) -> int:
        """The clock at an air time, microseconds, not yet wrapped."""
        return self._time.at_us(air_s)

    def _measure(self, value: bytes) -> None:
        kind, start, mode = value
        if kind != 1:
            return
        if not start:
            self._stop()
            return
        live = self._settings.rate_hz != RECORDING_RATE_HZ
        if self._outputs is not None or mode not in MODES or not live or self._recording:
            return  # the write is accepted, nothing happens; reading back shows it
        self._mode = mode
        session_s = self.join_script()
        step_us = period_us(self._settings.rate_hz)
        step_s = step_us * 1e-6 / (1.0 + self._time.ppm * 1e-6)
        zero_us = self.device_time_us(self.air_of(0.0))
        # synchronised sensors share the instants of their samples, others keep their own
        wait_us = -zero_us % step_us if self._sync.synced else 0
        source = self._imu.stream(1.0 / step_s, phase_s=wait_us * step_s / step_us, averaged=True)
        first = source.first_after(session_s)
        self._outputs = Outputs(
            source,
            first,
            mode,
            zero_us + wait_us + first * step_us,
            step_us,
            self._imu.fusion.heading_rad,
        )
        self._plan_output()

    def _stop(self) -> None:
        self.agenda.cancel(self._plan)
        self._plan = self._outputs = None
        self._heading_status = 0
        self.leave_script()

    def _plan_output(self) -> None:
        if self._outputs is not None:
            at_s = self.air_of(self._outputs.source.time_s(self._outputs.next))
            self._plan = self.agenda.at(at_s, self._output)

    def _output(self, air_s: float) -> Iterable[Outgoing]:
        outputs = self._outputs
        if outputs is None:
            return ()
        channel = characteristic_of(outputs.mode)
        if channel not in self.listening:
            # it measures on; what nobody listens to is not kept
            self._plan = None
            return ()
        payload = outputs.payload()
        self._plan_output()
        return (Outgoing(air_s, channel, payload, 1),)

    def _battery_listened(self, on: bool) -> None:
        if on:
            self.send(BATTERY_STATE, self._battery_state())

    def _listened(self, payload: str, on: bool) -> None:
        outputs = self._outputs
        if outputs is not None and on and payload == characteristic_of(outputs.mode):
            self.agenda.cancel(self._plan)
            elapsed = self.join_script()
            outputs.skip_to(outputs.source.first_after(elapsed))
            self._plan_output()

    def _heading(self, value: bytes) -> None:
        outputs = self._outputs
        if outputs is None or outputs.mode not in ORIENTATION_MODES:
            self._heading_status = 0
            return
        if value == _HEADING_RESET:
            outputs.reset_heading()
        elif value in (_HEADING_REVERT, _HEADING_DEFAULT):
            outputs.revert_heading()
        else:
            return
        self._heading_status = 1

    # --- messages ---

    def _message(self, written: bytes) -> None:
        message = msg.parse_message(written)
        if message is None:
            # what cannot be parsed is answered as an invalid request of its group
            group = written[0] if written else msg.RECORDING
            echo = written[2] if len(written) > 2 else 0
            self._ack = msg.encode_message(group, bytes((msg.ACK, msg.INVALID, echo)))
        elif message.group == msg.SYNC:
            self._sync_message(message.data)
        else:
            self._recording_message(message.data)

    def _sync_message(self, data: bytes) -> None:
        if data[0] == msg.GET_SYNC_STATUS:
            status = msg.SYNCED if self._sync.synced else msg.NOT_SYNCED
            self._tell(msg.SYNC, bytes((msg.SYNC_STATUS, status)))
        elif data[0] == msg.STOP_SYNC:
            self._sync.stop()
            self._time = self._own_clock
            self._tell(msg.SYNC, bytes((msg.STOP_SYNC_RESULT, msg.OK)))
        elif data[0] == msg.START_SYNC and len(data) == 7:
            busy = self._outputs is not None or self._sync.synced
            if busy:
                self._ack = msg.encode_message(
                    msg.SYNC, bytes((msg.START_SYNC_ACK, msg.START_ERROR))
                )
            else:
                self._sync.start(data[1:])
        else:
            self._ack = msg.encode_message(msg.SYNC, bytes((msg.ACK, msg.INVALID, data[0])))

    def _adopt_root_clock(self) -> None:
        """The clock of the root, drawn from its address: the same for the whole group, within 1 ppm."""
        root = int.from_bytes(self._sync.root, "little")
        rng = stream(self._seed, Purpose.IDENTITY, KIND_NUMBERS["movella_dot"], 100, root)
        start_us = int(rng.integers(5_000_000, 600_000_000))
        clock = _Clock(0.0, start_us, self._faults.clock_ppm * float(rng.uniform(-1.0, 1.0)))
        own = self.identity.random(self._seed, Purpose.SENSOR_ERRORS, 2)
        now = self.clock.now_s()
        self._time = _Clock(now, clock.at_us(now), clock.ppm + float(own.uniform(-1.0, 1.0)))

    def _recording_message(self, data: bytes) -> None:
        request = data[0]
        result = msg.OK
        if request == msg.GET_STATE:
            result = msg.RECORDING_STATE if self._recording else msg.IDLE
        elif request == msg.START_RECORDING:
            result = msg.BUSY if self._recording or self._outputs is not None else msg.OK
            self._recording |= result == msg.OK
        elif request == msg.STOP_RECORDING:
            self._recording = False
        elif request == msg.FILE_INFO:
            self._tell(msg.RECORDING, bytes((msg.FILE_INFO_DONE,)))
        elif request not in (msg.ERASE, msg.SELECT_DATA):
            result = msg.INVALID
        self._ack = msg.encode_message(msg.RECORDING, bytes((msg.ACK, result)) + data)

    def _tell(self, group: int, data: bytes) -> None:
        self.send(MESSAGE_NOTIFY, msg.encode_message(group, data), after_s=0.02)

    # --- link and power ---

    def _on_disconnected(self) -> None:
        # a measuring DOT goes on measuring: it stays in the script for as long as it takes
        self._sync.disconnected(self.clock.now_s())

    def _on_reboot(self) -> None:
        super()._on_reboot()
        self._plan = self._outputs = None
        self._ack = b""
        self._heading_status = 0
        self._recording = False
        self._sync.stop()
        self._own_clock = _Clock(self.clock.now_s(), 0, self.identity.clock_ppm)
        self._time = self._own_clock


def _name(options: frozenset[str]) -> str:
    return "Xsens DOT" if "xsens" in options else "Movella DOT"


_SERVICES = (
    ServiceSpec(
        dot_uuid(0x1000),
        (
            characteristic(DEVICE_INFO, "read"),
            characteristic(DEVICE_CONTROL, "read", "write"),
            characteristic(DEVICE_REPORT, "notify"),
        ),
    ),
    ServiceSpec(
        dot_uuid(0x2000),
        (
            characteristic(MEASUREMENT_CONTROL, "read", "write"),
            characteristic(LONG, "notify"),
            characteristic(MEDIUM, "notify"),
            characteristic(SHORT, "notify"),
            characteristic(HEADING_CONTROL, "read", "write"),
            characteristic(HEADING_STATUS, "read"),
        ),
    ),
    ServiceSpec(dot_uuid(0x3000), (characteristic(BATTERY_STATE, "read", "notify"),)),
    ServiceSpec(
        dot_uuid(0x7000),
        (
            characteristic(MESSAGE_CONTROL, "write"),
            characteristic(MESSAGE_ACK, "read"),
            characteristic(MESSAGE_NOTIFY, "notify"),
        ),
    ),
)
