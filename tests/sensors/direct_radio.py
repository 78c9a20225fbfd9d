"""A radio without any radio: a collector on simulated devices, in time that never waits."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError

from firmware_sim import SimulatedSession
from firmware_sim.fault_log import FaultLog
from firmware_sim.peripherals.runner_clock import RunnerClock
from firmware_sim.radio.device_link import DeviceLink
from levelstride.direct_client import DirectCharacteristic, DirectClient
from levelstride.simulated_devices import SimulatedDevice, simulated_device
from sensors.placement import Placement
from sensors.radio import Radio

DATA_LIKE = ("read", "write", "start_notify")


class Station:
    """One simulated device, whether it advertises, and what was delivered of it."""

    def __init__(
        self, session: SimulatedSession, kind: str, number: int, radio: DirectRadio
    ) -> None:
        wanted = SimulatedDevice(kind, list(Placement)[number])
        self.device = simulated_device(session, wanted, radio.clock)
        link = DeviceLink(
            self.device, radio.clock, session.seed, number, session.fault_settings, radio.log
        )
        self.client = DirectClient(link)
        self.present = True
        self.delivered: list[tuple[str, bytes]] = []
        self.reachable_s: list[float] = []
        self.streaming_s: list[float] = []
        self.on_disconnected: Callable[[], None] = lambda: None
        self._radio = radio
        self._link = link
        self.client.on_lost = self._lost
        self.client.on_back = self._back

    def _lost(self) -> None:
        self.present = False
        self.on_disconnected()

    def _back(self) -> None:
        self.present = True
        self.reachable_s.append(asyncio.get_running_loop().time())
        self._radio.advertise(self)

    def drop(self) -> None:
        """The host ends the link; the device advertises again."""
        if self.client.is_connected:
            self.client.is_connected = False
            self._link.disconnected()


class _Client:
    """The names of a ``BleakClient`` that the collector and the drivers use."""

    def __init__(self, station: Station, lost: Callable[[Any], None] | None) -> None:
        self._station = station
        self._lost = lost
        self._inner = station.client
        self._mine = False

    @property
    def is_connected(self) -> bool:
        return self._mine and self._inner.is_connected

    @property
    def services(self) -> object:
        return self._inner.services

    @property
    def mtu_size(self) -> int:
        return self._inner.mtu_size

    @property
    def address(self) -> str:
        return self._inner.address

    @property
    def name(self) -> str:
        return self._inner.name

    async def connect(self) -> None:
        await asyncio.sleep(0.2)
        if not self._station.present:
            raise BleakError("it does not answer")
        self._station.on_disconnected = self._on_lost
        self._mine = True
        self._inner.connect()

    def _on_lost(self) -> None:
        self._mine = False
        if self._lost is not None:
            self._lost(self)

    async def disconnect(self) -> None:
        if self._mine:
            self._mine = False
            self._station.drop()

    def _check(self) -> None:
        if not self.is_connected:
            raise BleakError("not connected")

    async def read_gatt_char(self, what: str | DirectCharacteristic) -> bytearray:
        self._check()
        await asyncio.sleep(0.03)
        self._check()
        return await self._inner.read_gatt_char(what)

    async def write_gatt_char(
        self, what: str | DirectCharacteristic, data: bytes, response: bool | None = None
    ) -> None:
        self._check()
        await asyncio.sleep(0.03 if response else 0.001)
        self._check()
        await self._inner.write_gatt_char(what, data, response)

    async def start_notify(
        self, what: str | DirectCharacteristic, callback: Callable[[Any, bytearray], object]
    ) -> None:
        self._check()

        def heard(characteristic: DirectCharacteristic, payload: bytearray) -> None:
            station = self._station
            station.delivered.append((characteristic.uuid, bytes(payload)))
            if len(station.streaming_s) < len(station.reachable_s):
                station.streaming_s.append(asyncio.get_running_loop().time())
            callback(characteristic, payload)

        await self._inner.start_notify(what, heard)

    async def stop_notify(self, what: str | DirectCharacteristic) -> None:
        self._check()
        await self._inner.stop_notify(what)


class _Scanner:
    """The names of a ``BleakScanner`` that a scan uses."""

    def __init__(
        self, radio: DirectRadio, heard: Callable[[BLEDevice, AdvertisementData], None]
    ) -> None:
        self._radio = radio
        self.heard = heard

    async def __aenter__(self) -> _Scanner:
        self._radio.scanners.append(self)
        for station in self._radio.stations:
            asyncio.get_running_loop().call_later(0.1, self._radio.advertise, station)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._radio.scanners.remove(self)


class DirectRadio(Radio):
    """Stations behind their impairments; links take a fifth of a second."""

    def __init__(self, session: SimulatedSession, kinds: list[str]) -> None:
        self.clock = RunnerClock()
        self.log = FaultLog()
        self.scanners: list[_Scanner] = []
        self.stations = [Station(session, kind, n, self) for n, kind in enumerate(kinds)]

    def scanner_kwargs(self) -> dict[str, Any]:
        return {}

    def client_kwargs(self) -> dict[str, Any]:
        return {}

    def advertise(self, station: Station) -> None:
        """Let all that scan hear a station, if it is there and free."""
        if not station.present or station.client.is_connected:
            return
        said = station.device.advertisement()
        advertisement = AdvertisementData(
            said.local_name, {}, {}, [str(each) for each in said.service_uuids], None, -60, ()
        )
        for scanner in list(self.scanners):
            scanner.heard(BLEDevice(station.client.address, said.local_name, None), advertisement)

    def scanner(self, detection_callback: Any = None, service_uuids: Any = None) -> BleakScanner:
        return cast("BleakScanner", _Scanner(self, detection_callback))

    def client(
        self, device: Any, *, disconnected_callback: Any = None, timeout_s: float = 10.0
    ) -> BleakClient:
        del timeout_s
        station = next(s for s in self.stations if s.client.address == device.address)
        return cast("BleakClient", _Client(station, disconnected_callback))


def use_virtual_time(patch: pytest.MonkeyPatch) -> None:
    """Let the collector's clocks be those of the event loop."""
    clock = SimpleNamespace(
        monotonic=lambda: asyncio.get_running_loop().time(),
        perf_counter_ns=lambda: round(asyncio.get_running_loop().time() * 1e9),
    )
    patch.setattr("sensors.collector.time", clock)
    patch.setattr("sensors.recovery.time", clock)
