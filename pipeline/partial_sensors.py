"""Sensors of which a source has only one of the two quantities, and what that leaves unknown.

Strides rest on both: angular rate turns the acceleration into the earth frame, tells swing from
stance and gives the angles; acceleration tells which way is up, standing and foot strikes. A sensor
without one of them is kept and shown as it is, and no strides are found with it.
"""

from __future__ import annotations

from collections.abc import Mapping

from sensors.placement import Placement
from sensors.sample_block import (
    FLAG_CLIPPED_ACC,
    FLAG_CLIPPED_GYR,
    LACKS_ACC,
    LACKS_GYR,
    SampleBlock,
    lacking,
)

NO_WHOLE_SENSOR = (
    "no stride can be found: no sensor has both an accelerometer and a gyroscope in this source"
)


def lacking_sentence(placement: Placement, lacks: int) -> str:
    """What is kept of a sensor that was exported without a quantity, and what is not known.

    Args:
        placement: where it is worn.
        lacks: ``LACKS_ACC`` or ``LACKS_GYR``.
    """
    kept, why = (
        ("angular rate", "which way is up, and when a foot strikes, is not known")
        if lacks & LACKS_ACC
        else ("acceleration", "how it turns is not known")
    )
    lost = (
        "pelvic drop cannot be computed"
        if placement is Placement.PELVIS
        else "strides and tibial rotation of this leg cannot be computed from it"
    )
    return (
        f"The {placement.label} sensor was exported without {lacking(lacks)} data: its {kept} is "
        f"kept, but {why}, so {lost}."
    )


def quantity_sentences(placement: Placement, lacks: int, computed: int) -> list[str]:
    """What was computed for a sensor, and what it lacks.

    Args:
        placement: where it is worn.
        lacks: ``LACKS_*`` bits of what it does not have.
        computed: the same bits for what was computed from orientation and not measured.
    """
    said = []
    if computed & LACKS_GYR:
        said.append(
            f"The {placement.label} sensor was exported without its gyroscope: angular rate is "
            "computed from its orientation; fast turning comes out weaker than it was."
        )
    if computed & LACKS_ACC:
        said.append(
            f"The {placement.label} sensor was exported without its accelerometer: specific force "
            "is computed from free acceleration and orientation."
        )
    if lacks:
        said.append(lacking_sentence(placement, lacks))
    return said


class PartialSensors:
    """Counts the samples of sensors that lack a quantity; nothing is computed from them."""

    def __init__(self) -> None:
        self.lacks: dict[Placement, int] = {}
        self.first_s = float("inf")
        self.last_s = float("-inf")
        self._first: dict[Placement, SampleBlock] = {}
        self._next: dict[Placement, int] = {}
        self._samples: dict[Placement, int] = {}
        self._clipped: dict[Placement, int] = {}

    def add(self, block: SampleBlock) -> None:
        """Take samples; blocks of one sensor in order."""
        place = block.placement
        self.lacks[place] = block.lacks
        self._first.setdefault(place, block)
        self._next[place] = block.first_index + len(block)
        self._samples[place] = self._samples.get(place, 0) + len(block)
        clipped = int(((block.flags & (FLAG_CLIPPED_ACC | FLAG_CLIPPED_GYR)) != 0).sum())
        self._clipped[place] = self._clipped.get(place, 0) + clipped
        self.first_s = min(self.first_s, float(block.time_s[0]))
        self.last_s = max(self.last_s, float(block.time_s[-1]))

    def quality(self) -> Mapping[str, object]:
        """Figures per placement, as ``Session.quality`` has them, and what is lacking."""
        return {
            place.value: {
                "rate_hz": round(first.rate_hz, 4),
                "samples": self._samples[place],
                "lost_samples": self._next[place] - first.first_index - self._samples[place],
                "clipped_samples": self._clipped[place],
                "lacks": lacking(self.lacks[place]),
            }
            for place, first in self._first.items()
        }

    def notes(self) -> tuple[str, ...]:
        """A sentence for each."""
        return tuple(lacking_sentence(place, lacks) for place, lacks in self.lacks.items())
