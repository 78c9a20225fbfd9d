"""Where each sensor is worn, remembered between commands on this computer."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_config_path

from levelstride.radio_name import RadioName
from pipeline.errors import InputError, OutputError
from sensors.placement import Placement

FILE_NAME = "placements.json"


def memory_path() -> Path:
    """The file: in the folder LEVELSTRIDE_CONFIG, or in the user's folder for settings."""
    folder = os.environ.get("LEVELSTRIDE_CONFIG")
    return (Path(folder) if folder else user_config_path("levelstride")) / FILE_NAME


def remembered() -> dict[str, Placement]:
    """Placement by sensor id or name; empty when nothing was ever remembered.

    Raises:
        InputError: the file is damaged.
    """
    path = memory_path()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {str(sensor): Placement(place) for sensor, place in found.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(
            "the remembered placements cannot be read",
            path=path,
            remedy="Remove the file, and give the placements anew with --place",
        ) from error


def remember(places: Mapping[str, Placement]) -> dict[str, Placement]:
    """Add placements; a sensor that held one of them before has none then.

    Args:
        places: placement by sensor id or name.

    Returns:
        All that is remembered now.

    Raises:
        InputError: the file is damaged.
        OutputError: the file cannot be written.
    """
    before = remembered()
    taken = set(places.values())
    now = {sensor: place for sensor, place in before.items() if place not in taken} | dict(places)
    if now == before:
        return now
    path = memory_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_suffix(".new")
        scratch.write_text(
            json.dumps({s: p.value for s, p in sorted(now.items())}, indent=1) + "\n",
            encoding="utf-8",
        )
        scratch.replace(path)
    except OSError as error:
        raise OutputError(
            f"the placements cannot be remembered ({error.strerror or error})",
            path=path,
            remedy="Check the rights of the folder",
        ) from error
    return now


def placements_for(radio: RadioName, given: Mapping[str, Placement]) -> dict[str, Placement]:
    """The placements of a run: those given now, remembered from now on, and those from before.

    Sensors of the ``sim`` radio are made anew each time and not remembered.

    Raises:
        InputError: the memory is damaged.
        OutputError: the memory cannot be written.
    """
    return dict(given) if radio.kind == "sim" else remember(given)
