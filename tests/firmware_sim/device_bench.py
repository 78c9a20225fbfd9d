"""A bench for simulated devices: a clock moved by hand, and a host that is only a list of what came."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import cache

from hypothesis import strategies as st

from firmware_sim import FirmwareError, SimulatedSession
from firmware_sim.device import Outgoing, SimDevice
from firmware_sim.devices import make_device
from firmware_sim.devices.standard_services import BATTERY_LEVEL
from firmware_sim.imu.mounting import Placement


@cache
def session(faults: str = "none", seed: int = 1) -> SimulatedSession:
    """A session that stands 5 s, squats, walks from 12 s and runs from 18 s on."""
    return SimulatedSession(60, seed=seed, faults=faults)  # type: ignore[arg-type]


class HandClock:
    """An ``AirClock`` that goes where it is set; the script begins with the first to join."""

    def __init__(self, at_s: float = 1.0) -> None:
        self.at_s = at_s
        self.zero_s: float | None = None
        self.running: set[str] = set()

    def now_s(self) -> float:
        return self.at_s

    def session_s(self, air_s: float) -> float:
        return 0.0 if self.zero_s is None else max(0.0, air_s - self.zero_s)

    def air_s(self, session_s: float) -> float:
        return (self.zero_s or 0.0) + session_s

    def join(self, sensor_id: str) -> float:
        if not self.running:
            self.zero_s = self.at_s
        self.running.add(sensor_id)
        return self.session_s(self.at_s)

    def leave(self, sensor_id: str) -> None:
        self.running.discard(sensor_id)


class Bench:
    """One device with a host that has connected and subscribed to everything but the battery level."""

    def __init__(
        self,
        kind: str,
        placement: Placement | None = "shank_right",
        *,
        variant: str | None = None,
        faults: str = "none",
        mtu: int | None = None,
        seed: int = 1,
        subscribe: bool = True,
    ) -> None:
        self.clock = HandClock()
        self.device: SimDevice = make_device(
            kind, session(faults, seed), placement, self.clock, variant=variant
        )
        self.mtu = mtu or self.device.mtu
        self.device.connected(self.mtu)
        if subscribe:
            self.subscribe()

    def subscribe(self, *uuids: str) -> None:
        for uuid in uuids or sorted({*notifying(self.device)} - {BATTERY_LEVEL}):
            self.device.subscribed(uuid, True)

    def run(self, seconds: float) -> list[Outgoing]:
        """Let time pass; what the device had ready, in order."""
        end_s = self.clock.at_s + seconds
        found = []
        while (next_s := self.device.next_due_s()) is not None and next_s <= end_s:
            self.clock.at_s = max(self.clock.at_s, next_s)
            found += self.device.due(self.clock.at_s)
        self.clock.at_s = end_s
        return found

    def ask(self, uuid: str, value: bytes, answers: str, seconds: float = 0.2) -> list[bytes]:
        """Write, wait, and give what came on one characteristic."""
        self.device.write(uuid, value)
        return [o.payload for o in self.run(seconds) if o.characteristic == answers]

    def drop(self, seconds: float) -> None:
        """Lose the link, let time pass, and connect again without subscribing."""
        self.device.disconnected()
        self.run(seconds)
        self.device.connected(self.mtu)


def notifying(device: SimDevice) -> list[str]:
    return [
        c.uuid
        for s in device.services()
        for c in s.characteristics
        if c.properties & {"notify", "indicate"}
    ]


def writable(device: SimDevice) -> list[str]:
    return [
        c.uuid
        for s in device.services()
        for c in s.characteristics
        if c.properties & {"write", "write-without-response"}
    ]


def readable(device: SimDevice) -> list[str]:
    return [c.uuid for s in device.services() for c in s.characteristics if "read" in c.properties]


def abuse(data: st.DataObject, bench: Bench, values: st.SearchStrategy[bytes]) -> None:
    """Write, read, wait, lose the link and reboot at random; only ``FirmwareError`` may come out.

    Whatever comes must be in order of time and on a characteristic that notifies.
    """
    device = bench.device
    targets = [*writable(device), *notifying(device), "0000dead-0000-1000-8000-00805f9b34fb"]
    last_s = bench.clock.at_s
    actions: dict[str, Callable[[], object]] = {
        "write": lambda: device.write(data.draw(st.sampled_from(targets)), data.draw(values)),
        "read": lambda: device.read(data.draw(st.sampled_from([*readable(device), targets[-1]]))),
        "off": lambda: device.subscribed(data.draw(st.sampled_from(targets)), False),
        "on": lambda: device.subscribed(data.draw(st.sampled_from(targets)), True),
        "drop": lambda: (bench.drop(data.draw(st.sampled_from([0.1, 16.0]))), bench.subscribe()),
        "reboot": lambda: (device.reboot(), device.connected(bench.mtu), bench.subscribe()),
    }
    weighted = ["write"] * 6 + sorted(actions)
    for _ in range(data.draw(st.integers(1, 12))):
        with suppress(FirmwareError):
            actions[data.draw(st.sampled_from(weighted))]()
        for outgoing in bench.run(data.draw(st.sampled_from([0.0, 0.05, 0.4]))):
            assert outgoing.ready_s >= last_s - 1e-9
            last_s = max(last_s, outgoing.ready_s)
            assert outgoing.characteristic in notifying(device)
            assert outgoing.samples >= 0
