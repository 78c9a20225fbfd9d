"""The set-up on the virtual radio: found, seen to blink, assigned; and what it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import pytest
from bumble.link import LocalLink

from firmware_sim import SimulatedSession, VirtualSensors
from firmware_sim.profile.open_device import OpenGaitDevice
from pipeline.setup_errors import SetupError
from pipeline.setup_session import SetupSession
from sensors.errors import SensorError
from sensors.placement import Placement
from sensors.radio import Radio, VirtualRadio

pytestmark = pytest.mark.real_time


class Air:
    """Virtual sensors that remember who was made to show itself."""

    def __init__(self) -> None:
        self.session = SimulatedSession(60, 2, quick=True)
        self.shown: dict[str, int] = {}

    @asynccontextmanager
    async def radio(self) -> AsyncIterator[Radio]:
        link = LocalLink()  # type: ignore[no-untyped-call]
        sensors = VirtualSensors(link, self.session)
        radio = VirtualRadio(link)
        await sensors.start()
        try:
            yield radio
        finally:
            for each in sensors.devices:
                if isinstance(each, OpenGaitDevice) and each.identify_s:
                    self.shown[each.sensor_id] = each.identify_s
            await radio.close()
            await sensors.stop()


def test_sensors_are_found_one_blinks_and_places_are_taken_over() -> None:
    """The sensor that was asked blinks, and no other; known places come before the sensors' own."""
    air = Air()
    taken: list[Mapping[str, Placement]] = []
    ids = {s.sensor_id: s.placement for s in air.session.sensors}
    pelvis = next(i for i, place in ids.items() if place == "pelvis")
    known = {pelvis: Placement.SHANK_LEFT}
    setup = SetupSession(air.radio, taken.append, lambda: known)
    setup.find()
    with pytest.raises(SetupError, match="has not ended"):
        setup.find()
    setup.wait(60)
    found = setup.snapshot()
    assert (found.activity, found.searched, found.problem) == ("idle", True, "")
    assert {s.sensor_id for s in found.sensors} == set(ids)
    address = {s.sensor_id: s.address for s in found.sensors}
    assert found.places[address[pelvis]] is Placement.SHANK_LEFT
    assert len(set(found.places.values())) == len(found.places)
    setup.blink(address[pelvis])
    setup.wait(60)
    assert setup.snapshot().problem == ""
    assert list(air.shown) == [pelvis]
    places = {address[i]: Placement(place) for i, place in ids.items()}
    setup.assign(places)
    assert taken == [{i: Placement(place) for i, place in ids.items()}]
    assert setup.snapshot().assigned


def test_what_makes_no_sense_is_refused() -> None:
    taken: list[Mapping[str, Placement]] = []
    running = [True]
    setup = SetupSession(Air().radio, taken.append, busy=lambda: running[0])
    with pytest.raises(SetupError, match="uses the radio"):
        setup.find()
    with pytest.raises(SetupError, match="was not found"):
        setup.blink("AA:00")
    with pytest.raises(SetupError, match="no sensor has a place"):
        setup.assign({})
    with pytest.raises(SetupError, match="same place"):
        setup.assign({"AA:01": Placement.PELVIS, "AA:02": Placement.PELVIS})
    with pytest.raises(SetupError, match="was not found"):
        setup.assign({"AA:01": Placement.PELVIS})
    assert taken == []


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (SensorError("cannot scan", remedy="Switch Bluetooth on"), "Switch Bluetooth on"),
        (RuntimeError("unforeseen"), "try again"),
    ],
)
def test_a_radio_that_fails_is_said_and_the_next_try_is_possible(
    failure: Exception, words: str
) -> None:
    @asynccontextmanager
    async def broken() -> AsyncIterator[Radio]:
        raise failure
        yield

    setup = SetupSession(broken, lambda _: None)
    for _ in range(2):
        setup.find()
        setup.wait(100)
        assert words in setup.snapshot().problem
        assert setup.snapshot().activity == "idle"
