"""The sensors found in the files of an export, and where each was worn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import PlacementError
from pipeline.importers.assemble import RawSensor
from pipeline.importers.placement_names import OTHER_SEGMENT, NamedPlace, place_in_name
from pipeline.importers.sensor_map import (
    USUAL_NAMES,
    SensorMap,
    find_sensor_map,
    map_from_names,
    read_sensor_map,
)
from sensors.placement import Placement

AskPlacement = Callable[[str, Sequence[Placement]], Placement | None]
"""Asks where a sensor was worn: its description and the free placements; None to leave it out."""


@dataclass(frozen=True, slots=True)
class FoundSensor:
    """A sensor of an export whose samples have not been read yet.

    Attributes:
        sensor_id: its own id, or the name of its file or folder.
        names: further names that may tell its place: of its file, folder, tag.
        path: its file.
        read: reads its samples, given its placement; takes sentences of what is doubtful.
    """

    sensor_id: str
    names: tuple[str, ...]
    path: Path
    read: Callable[[Placement, list[str]], RawSensor]


@dataclass(frozen=True, slots=True)
class PlaceSources:
    """What tells where sensors were worn, the first that knows counts.

    Attributes:
        placements: sensor id (or another of its names) to placement, or the other way round.
        sensor_map: file with such pairs; else one beside the data under a usual name.
        ask: asks a person, or None.
    """

    placements: Mapping[str, str] | None = None
    sensor_map: Path | None = None
    ask: AskPlacement | None = None


def choose_places(
    found: Sequence[FoundSensor], sources: PlaceSources, said: list[str]
) -> dict[Placement, FoundSensor]:
    """Find where each sensor was worn; sensors of other segments are left out, and said to be.

    Raises:
        PlacementError: two sensors at one place, names that contradict each other, a given id that
            no sensor has, or no sensor whose place is known.
    """
    chosen: dict[Placement, FoundSensor] = {}
    unknown: list[FoundSensor] = []
    others: list[FoundSensor] = []
    given = map_from_names(sources.placements, "placements") if sources.placements else {}
    map_path = sources.sensor_map or (
        None if given else find_sensor_map(tuple(sensor.path for sensor in found))
    )
    mapped = read_sensor_map(map_path) if map_path is not None else {}
    taken = {place for place in given.values() if place is not None}
    for sensor in found:
        place = _known(sensor, given)
        if place is None:
            place = _known(sensor, mapped) or _named(sensor)
            if isinstance(place, Placement) and place in taken:
                place = OTHER_SEGMENT  # another sensor was given this place
        if place is None:
            unknown.append(sensor)
        elif isinstance(place, Placement):
            _take(chosen, place, sensor)
        else:
            others.append(sensor)
    for sensor in others:
        place = _named(sensor, ankles=True)
        if isinstance(place, Placement) and place not in chosen and place not in taken:
            chosen[place] = sensor
            said.append(f"{_title(sensor)} was at the ankle and is taken for the {place.label}.")
        else:
            said.append(f"{_title(sensor)} is left out: its place is not used here.")
    if unknown or not chosen:
        _refuse_unused(given, found)
    for sensor in unknown:
        free = [place for place in Placement if place not in chosen]
        answer = sources.ask(_title(sensor), free) if sources.ask and free else None
        if answer is not None:
            _take(chosen, answer, sensor)
        elif chosen or len(found) > 1:
            said.append(
                f"{_title(sensor)} is left out: it is not known where it was worn. "
                f"--place {sensor.sensor_id}=shank_left (or another place) takes it in."
            )
    if not chosen:
        raise _none_known(found, unknown, map_path)
    return chosen


def _refuse_unused(given: SensorMap, found: Sequence[FoundSensor]) -> None:
    names = {name for sensor in found for name in _keys(sensor)}
    unused = [name for name in given if name not in names]
    if unused:
        raise PlacementError(
            f"no sensor is called {unused[0]!r}",
            path=found[0].path,
            remedy="The sensors are " + ", ".join(sensor.sensor_id for sensor in found),
        )


def _known(sensor: FoundSensor, known: SensorMap) -> NamedPlace:
    for key in _keys(sensor):
        if key in known:
            place = known[key]
            return OTHER_SEGMENT if place is None else place
    return None


def _keys(sensor: FoundSensor) -> list[str]:
    return [name.strip().strip("_").upper() for name in (sensor.sensor_id, *sensor.names)]


def _named(sensor: FoundSensor, *, ankles: bool = False) -> NamedPlace:
    """Place by names; where two names contradict each other, nothing is guessed."""
    places = [place_in_name(name, ankles=ankles) for name in (sensor.sensor_id, *sensor.names)]
    worn = {place for place in places if isinstance(place, Placement)}
    if len(worn) > 1:
        raise PlacementError(
            "the names "
            + ", ".join(repr(name) for name in dict.fromkeys(sensor.names))
            + " tell of two places, "
            + " and ".join(sorted(place.value for place in worn)),
            path=sensor.path,
            remedy=f"Say which is right: --place {sensor.sensor_id}=PLACEMENT",
        )
    if worn:
        return worn.pop()
    return OTHER_SEGMENT if OTHER_SEGMENT in places else None


def _take(chosen: dict[Placement, FoundSensor], place: Placement, sensor: FoundSensor) -> None:
    if place in chosen:
        raise PlacementError(
            f"{_title(chosen[place])} and {_title(sensor)} are both said to be worn "
            f"at {place.value}",
            path=sensor.path,
            remedy="Give the files of one recording, or say which is where with --place",
        )
    chosen[place] = sensor


def _none_known(
    found: Sequence[FoundSensor], unknown: Sequence[FoundSensor], map_path: Path | None
) -> PlacementError:
    ids = ", ".join(sensor.sensor_id for sensor in found)
    example = unknown[0].sensor_id if unknown else found[0].sensor_id
    return PlacementError(
        f"it is not known where the sensor{'s' if len(found) > 1 else ''} {ids} "
        f"{'were' if len(found) > 1 else 'was'} worn",
        path=map_path or found[0].path,
        remedy=f"Say it, for example --place '{example}=shank_left', or in a sensor map "
        f"({' or '.join(USUAL_NAMES)} beside the files)",
    )


def _title(sensor: FoundSensor) -> str:
    name = sensor.path.name
    return name if sensor.sensor_id in name else f"{sensor.sensor_id} ({name})"
