"""A device that speaks the open profile "Open Gait IMU", version 1, complete; see docs/open-profile.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware_sim.device import (
    Advertisement,
    AirClock,
    Outgoing,
    ServiceSpec,
)
from firmware_sim.errors import FirmwareError
from firmware_sim.profile import control, uuids
from firmware_sim.profile.acquisition import Acquisition
from firmware_sim.profile.announcer import Announcer
from firmware_sim.profile.attribute_table import ATTRIBUTE_TABLE
from firmware_sim.profile.bulk import BulkSender
from firmware_sim.profile.characteristics import (
    FLASH_BYTES,
    LOG_ALWAYS,
    LOG_GAPS,
    DeviceConfig,
)
from firmware_sim.profile.control import sync_reply
from firmware_sim.profile.device_time import DeviceTime
from firmware_sim.profile.events import EventType
from firmware_sim.profile.flash_log import FlashLog
from firmware_sim.profile.gyro_bias import BiasMeasurement
from firmware_sim.profile.logbook import Logbook
from firmware_sim.profile.packets import (
    FLAG_LOW_BATTERY,
    FLAG_MARKER,
    FLAG_OVERFLOW_BEFORE,
)
from firmware_sim.profile.requests import answer
from firmware_sim.profile.watch import LOW_BATTERY_PERCENT, Watch

if TYPE_CHECKING:
    from firmware_sim.imu.sensor import ImuSampler, OnBlock
    from firmware_sim.sensor import SimSensor

POWER_DELAY_S = 0.1
"""Time from the reply to POWER_OFF or REBOOT until it is done."""


class OpenGaitDevice:
    """One device of the open profile; see ``firmware_sim.device.SimDevice``.

    Streaming goes on while no host is connected; what is not delivered counts as lost, and is in the RAM
    ring for a while, and in the flash log according to the log mode.

    Args:
        sensor: Who it is and what it measures.
        clock: Its host's clock.
        live_config: Whether settings other than rate and streams may change while streaming.
        on_block: Told of every block of samples made; for fault timelines.
    """

    def __init__(
        self,
        sensor: SimSensor,
        clock: AirClock,
        *,
        live_config: bool = False,
        on_block: OnBlock | None = None,
    ) -> None:
        self.sensor = sensor
        self.config = sensor.config
        self.identify_s = 0
        self.utc_us: int | None = None
        self.on_air = True
        self.boots = 1
        self._clock = clock
        self._live_config = live_config
        self._on_block = on_block
        self._time = DeviceTime(sensor.errors, clock)
        self.acquisition = Acquisition(self._sampler, self._time)
        self.log = FlashLog(FLASH_BYTES, sensor.unique_id)
        self.bulk = BulkSender()
        self._fixed = {
            uuids.INFO: sensor.info(live_config=live_config),
            uuids.MANUFACTURER_NAME: b"Open Gait IMU simulator",
            uuids.MODEL_NUMBER: sensor.part.name.encode(),
            uuids.SERIAL_NUMBER: sensor.serial.encode(),
            uuids.FIRMWARE_REVISION: sensor.firmware.encode(),
        }
        self._host_mtu: int | None = None
        self._power_up()

    def _power_up(self) -> None:
        self.streaming = False
        self._announcer = Announcer()
        self._watch = Watch(self._announcer, self.sensor.queue_packets)
        self._logbook = Logbook(
            self.log, self.boots, self._announcer, lambda: (self._clock.now_s(), self.device_us())
        )
        self._data_heard = False
        self._bulk_at_s = 0.0
        self._packet_at_s: float | None = None
        self._packets_lost = 0
        self._marker = False
        self._bias: BiasMeasurement | None = None
        self._power_at_s: float | None = None
        self._then_off = False

    def _sampler(self, config: DeviceConfig) -> ImuSampler:
        return self.sensor.sampler(
            config.rate_hz, config.acc_range_g, config.gyro_range_dps, on_block=self._on_block
        )

    # --- SimDevice: who it is ---

    @property
    def sensor_id(self) -> str:
        """The device's own serial."""
        return self.sensor.sensor_id

    @property
    def placement(self) -> str:
        """Where it is worn, whatever its label says."""
        return self.sensor.placement

    @property
    def address(self) -> str:
        """Random static Bluetooth address."""
        return self.sensor.address

    @property
    def mtu(self) -> int:
        """Largest ATT MTU that it agrees to."""
        return self.sensor.mtu

    def advertisement(self) -> Advertisement:
        """Name and service."""
        return Advertisement(self.sensor.name, (uuids.SERVICE,))

    def services(self) -> tuple[ServiceSpec, ...]:
        """The profile's service, battery and device information."""
        return ATTRIBUTE_TABLE

    # --- SimDevice: the host ---

    @property
    def host_mtu(self) -> int:
        """ATT MTU in force; while nobody is connected the largest one."""
        return self.mtu if self._host_mtu is None else self._host_mtu

    @property
    def _packet_mtu(self) -> int:
        """ATT MTU that packets are cut for: the largest one while nobody listens to them."""
        return self.host_mtu if self._data_heard else self.mtu

    def read(self, characteristic: str) -> bytes:
        """Answer a read."""
        if characteristic == uuids.CONFIG:
            return self.config.encode()
        if characteristic == uuids.BATTERY_LEVEL:
            return bytes([self._battery_percent(self._session_s())])
        return self._fixed[characteristic]

    def write(self, characteristic: str, value: bytes) -> None:
        """Take Config, a control request or a time exchange.

        Raises:
            FirmwareError: Settings that cannot be, or cannot change now; a request without a token.
        """
        if characteristic == uuids.CONFIG:
            self._write_config(value)
        elif characteristic == uuids.CONTROL:
            waiting = self.bulk.active
            self._say(uuids.CONTROL, answer(self, value))
            if not waiting:  # the first chunk follows the reply
                self._bulk_at_s = self._clock.now_s() + self.sensor.connection_interval_s
        elif characteristic == uuids.SYNC and self._time.running:
            # before the first START the device clock has no place in session time
            now_us = self.device_us()
            reply = sync_reply(value, now_us, now_us)
            if reply is not None:
                self._say(uuids.SYNC, reply)
        self._plan()

    def subscribed(self, characteristic: str, on: bool) -> None:
        """Events that waited for a listener are sent; packets are cut for who listens to them."""
        if characteristic == uuids.DATA:
            self._data_heard = on
            self._mind_the_gap()
            self._plan()
        elif characteristic == uuids.EVENT:
            self._announcer.listen(on, self._clock.now_s())

    def connected(self, mtu: int) -> None:
        """A host is there; it is told the battery level."""
        if self._host_mtu is None:
            self._watch.greet()
        self._host_mtu = mtu
        self._plan()

    def disconnected(self) -> None:
        """The host is gone: chunks and replies are dropped, and the log begins if the mode says so."""
        self._host_mtu = None
        self._data_heard = False
        self.bulk.clear()
        self._announcer.hang_up()
        self._mind_the_gap()
        self._plan()

    def _mind_the_gap(self) -> None:
        """Log while nobody listens to the stream, if the log mode says so."""
        unheard = self.streaming and not self._data_heard
        held = self.log.current
        if unheard and held is None and self.config.log_mode == LOG_GAPS:
            self._logbook.open(self.config, gap=True)
        elif not unheard and held is not None and held.gap:
            self._logbook.end()

    def undelivered(self, outgoing: Outgoing) -> None:
        """Count a lost packet."""
        self._packets_lost += outgoing.samples > 0

    def overflowed(self, outgoing: Outgoing) -> None:
        """The send queue was full: the next packet says so, and an event follows."""
        self._watch.overflows += outgoing.samples > 0

    def press_button(self) -> None:
        """Somebody presses the button: an event, and a marker in the next packet."""
        self._marker = True
        self._announcer.event(self._clock.now_s(), self.device_us(), EventType.BUTTON, b"\x01")

    # --- SimDevice: time ---

    def next_due_s(self) -> float | None:
        """Air time of the next thing to send or do."""
        earliest = self._packet_at_s
        said_s = self._announcer.next_s
        if said_s is not None and (earliest is None or said_s < earliest):
            earliest = said_s
        if self.bulk.active and (earliest is None or self._bulk_at_s < earliest):
            earliest = self._bulk_at_s
        if self._power_at_s is not None and (earliest is None or self._power_at_s < earliest):
            earliest = self._power_at_s
        return earliest

    def due(self, until_s: float) -> list[Outgoing]:
        """Take what is complete up to an air time."""
        taken: list[Outgoing] = []
        while (next_s := self.next_due_s()) is not None and next_s <= until_s:
            if self._power_at_s is not None and self._power_at_s <= next_s:
                self._power_down()
            elif self._announcer.next_s is not None and self._announcer.next_s <= next_s:
                taken += self._announcer.take()
            elif self._packet_at_s == next_s:
                taken += self._packet()
                self._plan()
            else:
                taken.append(Outgoing(next_s, uuids.BULK, self.bulk.chunk()))
                self._bulk_at_s = next_s + self.sensor.connection_interval_s
        return taken

    def _plan(self) -> None:
        """Look when the next packet will be complete; after everything that may change it."""
        ready_s = self.acquisition.ready_s(self.config, self._packet_mtu)
        self._packet_at_s = None if ready_s is None else self._clock.air_s(ready_s)

    def reboot(self) -> None:
        """Lose power and come back: idle, counters at 0; settings fall back, the flash stays."""
        if self.acquisition.running:
            self._clock.leave(self.sensor_id)
        self.log.close()
        self.acquisition.reset()
        self.bulk.clear()
        self._host_mtu = None
        self.config = self.sensor.config
        self.identify_s, self.utc_us = 0, None
        self._time.restart()
        self.boots += 1
        self._power_up()

    # --- requests ---

    @property
    def key(self) -> bytes:
        """Key of LOG_ERASE and POWER_OFF: the first bytes of the unique id."""
        return self.sensor.unique_id[: control.KEY_BYTES]

    def device_us(self) -> int:
        """Device time now."""
        return self._time.now_us()

    def status(self) -> bytes:
        """Data of the reply to GET_STATUS."""
        state = control.STATE_STREAMING * self.streaming
        state |= control.STATE_LOGGING * (self.log.current is not None)
        state |= control.STATE_BULK * self.bulk.active
        state |= control.STATE_MEASURING_BIAS * (self._bias is not None)
        percent = self._battery_percent(self._session_s())
        return control.encode_status(
            state, percent, self._packets_lost, self.acquisition.samples, self.device_us()
        )

    def start(self, at_us: int) -> None:
        """Begin to stream at a device time, 0 for now."""
        self._begin(at_us)
        self.streaming = True
        if self.config.log_mode == LOG_ALWAYS:
            self._logbook.open(self.config, gap=False)
        self._mind_the_gap()

    def _begin(self, at_us: int) -> None:
        delay_us = max(0, at_us - self.device_us()) if at_us else 0
        start_s = self._clock.join(self.sensor_id) + delay_us * 1e-6
        self._time.joined()
        self.acquisition.start(start_s, self.config)
        self._packets_lost = 0
        self._watch.begin(start_s)

    def stop(self) -> None:
        """Stop streaming and end the log."""
        self.streaming = False
        self._end()

    def _end(self) -> None:
        self._logbook.end()
        self._bias = None
        self.acquisition.stop()
        self._clock.leave(self.sensor_id)

    def log_start(self) -> int | None:
        """Open a log; an idle device begins to sample for it alone."""
        if not self._logbook.open(self.config, gap=False) or self.log.current is None:
            return None
        if not self.acquisition.running:
            self._begin(0)
        return self.log.current.log_id

    def log_stop(self) -> tuple[int, int] | None:
        """End the open log; a device that sampled for it alone becomes idle."""
        log = self.log.current
        if log is None:
            return None
        if self.streaming:
            self._logbook.end()
        else:
            self._end()
        return log.log_id, len(log.data)

    def measure_bias(self, seconds: int) -> bool:
        """Begin to average the gyroscope."""
        if self._bias is not None:
            return False
        self._bias = BiasMeasurement(seconds * self.config.rate_hz)
        return True

    def power_off(self) -> None:
        """Switch off a moment after the reply."""
        self._power_at_s, self._then_off = self._clock.now_s() + POWER_DELAY_S, True

    def restart(self) -> None:
        """Start anew a moment after the reply."""
        self._power_at_s, self._then_off = self._clock.now_s() + POWER_DELAY_S, False

    def _power_down(self) -> None:
        off = self._then_off
        self.reboot()
        if off:
            self.on_air = False

    def _write_config(self, value: bytes) -> None:
        changed = self.config.changed_by(value, self.sensor.part)
        if self.acquisition.running and not (
            self._live_config
            and changed is not None
            and (changed.rate_hz, changed.stream_mask)
            == (self.config.rate_hz, self.config.stream_mask)
        ):
            raise FirmwareError(
                control.ATT_WRITE_REJECTED, "Settings cannot change while streaming; STOP first."
            )
        if changed is None:
            raise FirmwareError(
                control.ATT_VALUE_NOT_ALLOWED,
                f"Settings {value.hex()} are not possible; read Info for the supported ones.",
            )
        self.config = changed
        if self.acquisition.running:
            self.acquisition.reconfigure(changed)
            if self.log.current is not None:
                self._logbook.open(self.config, gap=self.log.current.gap)

    # --- samples ---

    def _packet(self) -> list[Outgoing]:
        flags = FLAG_OVERFLOW_BEFORE * (self._watch.overflows > 0) | FLAG_MARKER * self._marker
        self._marker = False
        ready_s = self.acquisition.ready_s(self.config, self._packet_mtu) or 0.0
        percent = self._battery_percent(ready_s)
        flags |= FLAG_LOW_BATTERY * (percent <= LOW_BATTERY_PERCENT)
        cut = self.acquisition.cut(self.config, self._packet_mtu, flags)
        air_s = self._clock.air_s(ready_s)
        self._logbook.write(cut)
        if self._bias is not None:
            result = self._bias.add(cut.kept.counts, self.config.gyro_scale)
            if result is not None:
                self._bias = None
                at_us = self._time.at_us(ready_s)
                self._announcer.event(air_s, at_us, EventType.GYRO_BIAS, result)
        if not self._watch.quiet(ready_s, percent):
            self._watch.look(
                ready_s,
                air_s,
                self._time.at_us(ready_s),
                percent=percent,
                celsius=self.sensor.errors.temperature_c(self._time.worn_s(ready_s)),
                clips=(self.acquisition.acc_clipped, self.acquisition.gyro_clipped),
            )
        out = self._announcer.take()
        if self.streaming:
            out.append(Outgoing(air_s, uuids.DATA, cut.on_air, len(cut.kept.counts)))
        return out

    # --- saying things ---

    def _session_s(self) -> float:
        return self._clock.session_s(self._clock.now_s())

    def _battery_percent(self, session_s: float) -> int:
        return self.sensor.battery_percent(self._time.worn_s(session_s))

    def _say(self, characteristic: str, payload: bytes) -> None:
        self._announcer.say(self._clock.now_s(), characteristic, payload)
