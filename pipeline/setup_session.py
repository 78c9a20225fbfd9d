"""The set-up before a session: find the sensors, make one blink, say where each is worn."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

from pipeline.setup_errors import SetupError
from sensors.errors import LevelstrideError
from sensors.finder import blink
from sensors.placement import Placement
from sensors.radio import Radio
from sensors.scan import FoundSensor, scan

FIND_S = 5.0
"""Length of a scan."""
Activity = Literal["idle", "finding", "blinking"]
RadioSource = Callable[[], AbstractAsyncContextManager[Radio]]
Assign = Callable[[Mapping[str, Placement]], None]
"""Takes placement by sensor id or name, for the sessions that follow."""


@dataclass(frozen=True, slots=True)
class SetupSnapshot:
    """The set-up at one moment.

    Attributes:
        activity: what the radio is used for.
        searched: whether a search has ended.
        sensors: sensors that the last search found, strongest signal first.
        places: where each is worn, by address.
        blinking: address of the sensor that shows itself, or did last; empty when none did.
        problem: why the last step failed, and what to do; empty when it did not.
        assigned: whether the placements were taken over since the last search.
    """

    activity: Activity
    searched: bool
    sensors: tuple[FoundSensor, ...]
    places: Mapping[str, Placement]
    blinking: str
    problem: str
    assigned: bool


class SetupSource(Protocol):
    """A set-up that can be watched and steered; safe to call from any thread."""

    def snapshot(self) -> SetupSnapshot:
        """State now."""
        ...

    def find(self) -> None:
        """Look for sensors; returns at once.

        Raises:
            SetupError: the radio is in use.
        """
        ...

    def blink(self, address: str) -> None:
        """Make a sensor show itself; returns at once.

        Raises:
            SetupError: the radio is in use, or the sensor was not found.
        """
        ...

    def assign(self, places: Mapping[str, Placement]) -> None:
        """Take over where sensors are worn, by address.

        Raises:
            SetupError: a sensor was not found, or two have the same place.
            LevelstrideError: it cannot be remembered.
        """
        ...


class SetupSession:
    """The set-up on a radio.

    The radio is opened for each step and closed after it, so that a session can have it.

    Args:
        open_radio: gives the radio.
        assign: takes over the placements.
        known: placements that are already known, by sensor id or name.
        busy: whether a session uses the radio.
    """

    def __init__(
        self,
        open_radio: RadioSource,
        assign: Assign,
        known: Callable[[], Mapping[str, Placement]] = dict,
        busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self._open_radio = open_radio
        self._assign = assign
        self._known = known
        self._busy = busy
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._activity: Activity = "idle"
        self._searched = False
        self._sensors: tuple[FoundSensor, ...] = ()
        self._places: dict[str, Placement] = {}
        self._blinking = ""
        self._problem = ""
        self._assigned = False

    def snapshot(self) -> SetupSnapshot:
        """State now."""
        with self._lock:
            return SetupSnapshot(
                self._activity,
                self._searched,
                self._sensors,
                dict(self._places),
                self._blinking,
                self._problem,
                self._assigned,
            )

    def find(self) -> None:
        """Look for sensors; returns at once.

        Raises:
            SetupError: the radio is in use.
        """
        self._begin("finding", self._find, "")

    def blink(self, address: str) -> None:
        """Make a sensor show itself; returns at once.

        Raises:
            SetupError: the radio is in use, or the sensor was not found.
        """
        self._known_sensor(address)
        self._begin("blinking", lambda radio: self._blink(radio, address), address)

    def assign(self, places: Mapping[str, Placement]) -> None:
        """Take over where sensors are worn, by address.

        Raises:
            SetupError: a sensor was not found, or two have the same place.
            LevelstrideError: it cannot be remembered.
        """
        if not places:
            raise SetupError(
                "no sensor has a place yet",
                remedy="Say for each sensor that you wear where it is worn",
            )
        if len(set(places.values())) != len(places):
            raise SetupError(
                "two sensors have the same place",
                remedy="Let one of them blink, and give it the place where it is worn",
            )
        named = {self._name_of(self._known_sensor(a)): place for a, place in places.items()}
        self._assign(named)
        with self._lock:
            self._places, self._assigned, self._problem = dict(places), True, ""

    def wait(self, timeout_s: float | None = None) -> None:
        """Wait until the radio is free."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)

    @staticmethod
    def _name_of(sensor: FoundSensor) -> str:
        return sensor.sensor_id or sensor.name

    def _known_sensor(self, address: str) -> FoundSensor:
        with self._lock:
            for sensor in self._sensors:
                if sensor.address == address:
                    return sensor
        raise SetupError("this sensor was not found", remedy="Find the sensors again")

    def _begin(
        self,
        activity: Activity,
        step: Callable[[Radio], Coroutine[None, None, None]],
        address: str,
    ) -> None:
        if self._busy():
            raise SetupError(
                "a session is running and uses the radio", remedy="Stop it on the live page first"
            )
        with self._lock:
            if self._activity != "idle":
                raise SetupError(
                    "the step before has not ended yet", remedy="Wait a few seconds, and try again"
                )
            self._activity, self._problem = activity, ""
            if address:
                self._blinking = address
            self._thread = threading.Thread(
                target=self._run, args=(step,), name="set-up", daemon=True
            )
            self._thread.start()

    def _run(self, step: Callable[[Radio], Coroutine[None, None, None]]) -> None:
        async def work() -> None:
            async with self._open_radio() as radio:
                await step(radio)

        problem = ""
        try:
            asyncio.run(work())
        except LevelstrideError as error:
            problem = str(error)
        except Exception as error:  # noqa: BLE001 - said to the user, who waits for it
            problem = (
                f"The radio failed ({type(error).__name__}: {error}). Switch Bluetooth off and "
                "on, and try again."
            )
        with self._lock:
            self._activity, self._problem = "idle", problem

    async def _find(self, radio: Radio) -> None:
        found = tuple(await scan(radio, FIND_S))
        known = self._known()
        places: dict[str, Placement] = {}
        for sensor in found:
            place = known.get(sensor.sensor_id, known.get(sensor.name, sensor.placement))
            if place is not None and place not in places.values():
                places[sensor.address] = place
        with self._lock:
            self._sensors, self._places = found, places
            self._searched, self._assigned, self._blinking = True, False, ""

    async def _blink(self, radio: Radio, address: str) -> None:
        await blink(radio, address)
