"""Where a sensor was worn, from the names that people give to sensors, files and folders."""

from __future__ import annotations

import re
from typing import Final, Literal

from sensors.placement import Placement

OTHER_SEGMENT: Final = "other"
"""A segment that is not used here, such as a thigh or a foot."""

NamedPlace = Placement | Literal["other"] | None

_PELVIS = frozenset(
    {"pelvis", "pelvic", "sacrum", "sacral", "waist", "lumbar", "lowback", "lowerback", "becken"}
)
_SHANK = frozenset({"shank", "tibia", "shin", "calf", "lowerleg", "unterschenkel", "schienbein"})
_ANKLE = frozenset({"ankle", "malleolus"})
_OTHER = _ANKLE | frozenset(
    {"thigh", "femur", "upperleg", "foot", "toe", "heel", "shoe", "calcn", "talus", "hand", "wrist"}
    | {"arm", "upperarm", "forearm", "head", "neck", "chest", "sternum", "stern", "trunk", "torso"}
    | {"shoulder", "humerus", "radius", "ulna", "spine", "thorax", "back", "knee", "hip", "t8"}
    | {"oberschenkel", "fuss", "kopf", "brust"}
)
_SIDES = {
    **dict.fromkeys(("left", "l", "lt", "links", "linker"), Placement.SHANK_LEFT),
    **dict.fromkeys(("right", "r", "rt", "rechts", "rechter"), Placement.SHANK_RIGHT),
}
_PAIRS = {("lower", "leg"): "lowerleg", ("upper", "leg"): "upperleg", ("lower", "back"): "lumbar"}
_PAIRS |= {("low", "back"): "lumbar", ("upper", "arm"): "upperarm", ("fore", "arm"): "forearm"}
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W\d_]+\d?", re.UNICODE)
_MAX_NAME = 400


def place_in_name(name: str, *, ankles: bool = False) -> NamedPlace:
    """Read a placement from a name such as ``shank_l``, ``RTibia_2021``, or ``Left Lower Leg``.

    Args:
        name: any text.
        ankles: take a sensor at the ankle for one on the shank, which it is, if low.

    Returns:
        The placement; ``OTHER_SEGMENT`` where only other segments are named; None where nothing,
        or no single place, can be read from it.
    """
    words = _words(name[:_MAX_NAME])
    sides = {_SIDES[word] for word in words if word in _SIDES}
    if any(word in _SHANK or (ankles and word in _ANKLE) for word in words):
        if len(sides) == 1 and not any(word in _PELVIS for word in words):
            return sides.pop()
        return None
    if any(word in _PELVIS for word in words):
        return Placement.PELVIS
    return OTHER_SEGMENT if any(word in _OTHER for word in words) else None


def _words(name: str) -> list[str]:
    plain = [word.casefold() for word in _WORD.findall(_CAMEL.sub(" ", name).replace("_", " "))]
    parts: list[str] = []
    for word in plain:
        parts.extend(_split(word))
    joined: list[str] = []
    for word in parts:
        pair = _PAIRS.get((joined[-1], word)) if joined else None
        if pair is not None:
            joined[-1] = pair
        else:
            joined.append(word)
    return joined


def _split(word: str) -> list[str]:
    """Part a side from a segment it is written together with: ``ltibia``, ``shankleft``."""
    bare = word.rstrip("0123456789")
    for side in _SIDES:
        for segment in (bare.removeprefix(side), bare.removesuffix(side)):
            if segment != bare and (segment in _SHANK or segment in _OTHER):
                return [side, segment]
    known = _SHANK | _PELVIS | _OTHER | set(_SIDES)
    return [bare if bare in known and word not in known else word]
