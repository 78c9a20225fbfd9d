"""Which sensor was worn where: sensor ids to placements, from a mapping or a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pipeline.errors import InputError, PlacementError
from pipeline.importers.placement_names import place_in_name
from pipeline.importers.text_table import unreadable
from sensors.placement import Placement

MAX_MAP_BYTES = 1 << 20
USUAL_NAMES = ("sensor_map.json", "myIMUMappings.xml")
"""Files that are looked for beside the data when no map is given."""

SensorMap = dict[str, Placement | None]
"""Sensor id in upper case to its placement; None for a segment that is not used here."""


def segment_placement(name: str) -> Placement | None:
    """Placement for a segment name such as ``shank_l``, ``tibia_r_imu`` or ``Left Shank``."""
    place = place_in_name(name)
    return place if isinstance(place, Placement) else None


def map_from_names(names: Mapping[str, str], where: Path | str) -> SensorMap:
    """Sensor map from id-to-segment or segment-to-id pairs.

    Args:
        names: pairs of a sensor id and a segment name, the same way round in all.
        where: file or place they come from, for errors.

    Raises:
        PlacementError: no pair names a placement, or two sensors have the same.
    """
    values_are_segments = any(segment_placement(value) for value in names.values())
    pairs = names.items() if values_are_segments else ((value, key) for key, value in names.items())
    found: SensorMap = {}
    for sensor_id, segment in pairs:
        placement = segment_placement(segment)
        if placement is not None and placement in found.values():
            raise PlacementError(
                f"two sensors are worn at {placement.value}",
                path=where,
                remedy="Give each placement one sensor",
            )
        found[sensor_id.strip().strip("_").upper()] = placement
    if not any(found.values()):
        raise PlacementError(
            "the sensor map names no placement that is known",
            path=where,
            remedy=f"Map sensor ids to {', '.join(placement.value for placement in Placement)}",
        )
    return found


def read_sensor_map(path: Path) -> SensorMap:
    """Read a sensor map: JSON (segment to id, or id to segment) or OpenSim's ``myIMUMappings.xml``.

    Raises:
        InputError: the file cannot be read, or is neither.
        PlacementError: it names no placement that is known, or one twice.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_MAP_BYTES + 1)
    except OSError as error:
        raise unreadable(path, error) from error
    if len(data) > MAX_MAP_BYTES:
        raise InputError("this is too large for a sensor map", path=path)
    if data.lstrip().startswith(b"<"):
        return map_from_names(_names_of_xml(data, path), path)
    return map_from_names(_names_of_json(data, path), path)


def find_sensor_map(files: tuple[Path, ...]) -> Path | None:
    """A sensor map that lies beside the data under one of the usual names."""
    folders = dict.fromkeys(file.parent for file in files)
    candidates = (folder / name for folder in folders for name in USUAL_NAMES)
    return next((path for path in candidates if path.is_file()), None)


def _names_of_json(data: bytes, path: Path) -> dict[str, str]:
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(
            "the sensor map is not valid JSON",
            path=path,
            remedy='Write it as {"pelvis": "00B40B91", "shank_left": "...", "shank_right": "..."}',
        ) from error
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise InputError(
            "the sensor map is not one object of texts",
            path=path,
            remedy='Write it as {"pelvis": "00B40B91", "shank_left": "...", "shank_right": "..."}',
        )
    return value


def _names_of_xml(data: bytes, path: Path) -> dict[str, str]:
    import xml.etree.ElementTree as ElementTree  # few maps are XML

    # Entities could grow without bound or name other files; a sensor map has none.
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\0" in data:
        raise InputError("a sensor map has no document type or entities", path=path)
    try:
        root = ElementTree.fromstring(data)  # noqa: S314 - entities are refused above
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise InputError(f"the sensor map is not valid XML ({error})", path=path) from error
    names = {}
    for sensor in root.iter("ExperimentalSensor"):
        segment = sensor.findtext("name_in_model")
        name = sensor.get("name")
        if name and segment:
            names[name] = segment
    if not names:
        raise InputError(
            "the XML file maps no sensors",
            path=path,
            remedy="It needs ExperimentalSensor elements, as OpenSim's myIMUMappings.xml has",
        )
    return names
