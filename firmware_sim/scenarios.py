"""Named scenarios: a script, a person and faults that belong together. Each is a JSON file.

The files in ``scenario_files`` are also the pattern for own ones: ``Scenario.from_json`` reads any.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal

from firmware_sim.body.script import Script
from firmware_sim.errors import SimulationError
from firmware_sim.imu.faults import FaultLevel

_FIELDS: dict[str, tuple[type, ...]] = {
    "name": (str,),
    "title": (str,),
    "description": (str,),
    "seconds": (int, float),
    "speed_m_s": (int, float, type(None)),
    "gait": (str,),
    "faults": (str,),
    "overrides": (dict,),
    "wander": (int, float),
    "runner": (dict,),
    "segments": (list,),
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a session is about.

    Attributes:
        name: Lower case with hyphens.
        title: For people.
        description: One sentence or two.
        seconds: Length of the session.
        script: What is done.
        speed_m_s: The runner's own speed of ``gait``, m/s; None = drawn.
        gait: The gait that ``speed_m_s`` belongs to.
        faults: Fault level.
        overrides: Fault settings that differ from the level, by name (see ``faults_with``).
        runner: Attributes of the runner that are set and not drawn.
    """

    name: str
    title: str
    description: str
    seconds: float
    script: Script
    speed_m_s: float | None = None
    gait: Literal["run", "walk"] = "run"
    faults: FaultLevel = "none"
    overrides: Mapping[str, Any] = field(default_factory=dict)
    runner: Mapping[str, Any] = field(default_factory=dict)

    @staticmethod
    def from_json(text: str) -> Scenario:
        """Read a scenario from JSON text.

        Args:
            text: An object with ``name``, ``seconds`` and ``segments`` (rows of ``Script.from_rows``), and
                any other attribute; ``wander`` as in ``Script``.

        Returns:
            The scenario.

        Raises:
            SimulationError: Not JSON, an unknown or missing name, or a value of the wrong kind.
        """
        try:
            data = json.loads(text)
        except ValueError as error:
            raise SimulationError(
                "scenario", text[:60], f"The scenario is no JSON: {error}; correct it."
            ) from error
        if not isinstance(data, dict):
            raise SimulationError("scenario", data, "The scenario must be a JSON object of names.")
        unknown = sorted(set(data) - set(_FIELDS))
        missing = sorted({"name", "seconds", "segments"} - set(data))
        if unknown or missing:
            raise SimulationError(
                "scenario",
                unknown or missing,
                f"The scenario has unknown names {unknown} and lacks {missing}; "
                f"known are {', '.join(_FIELDS)}.",
            )
        for key, value in data.items():
            if not isinstance(value, _FIELDS[key]) or isinstance(value, bool):
                raise SimulationError(
                    key, value, f"The scenario cannot have {key} {value!r}: wrong kind of value."
                )
        if not (math.isfinite(data["seconds"]) and data["seconds"] > 0):
            raise SimulationError(
                "seconds", data["seconds"], "The scenario needs a positive number of seconds."
            )
        return Scenario(
            name=data["name"],
            title=str(data.get("title", data["name"])),
            description=data.get("description", ""),
            seconds=float(data["seconds"]),
            script=Script.from_rows(data["segments"], float(data.get("wander", 0.0))),
            speed_m_s=data.get("speed_m_s"),
            gait=data.get("gait", "run"),
            faults=data.get("faults", "none"),
            overrides=data.get("overrides", {}),
            runner={
                k: tuple(v) if isinstance(v, list) else v for k, v in data.get("runner", {}).items()
            },
        )


@cache
def scenario_names() -> tuple[str, ...]:
    """Names of the scenarios that come with the simulator, in alphabetical order."""
    folder = resources.files("firmware_sim") / "scenario_files"
    return tuple(
        sorted(f.name.removesuffix(".json") for f in folder.iterdir() if f.name.endswith(".json"))
    )


@cache
def scenario(name: str) -> Scenario:
    """The scenario of a name.

    Raises:
        SimulationError: There is none; the sentence lists those there are.
    """
    if name not in scenario_names():
        raise SimulationError(
            "scenario",
            name,
            f"Scenario {name!r} is not known; use {', '.join(scenario_names())}.",
        )
    file = resources.files("firmware_sim") / "scenario_files" / f"{name}.json"
    return Scenario.from_json(file.read_text("utf-8"))
