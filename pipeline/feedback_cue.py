"""One cue: what it says, how it sounds, and how it stands in the recording."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pipeline.feedback_request import CUE_METRICS, CueMetric
from pipeline.feedback_zone import Zone
from pipeline.stride import SIDES, Side

MARKER_KIND = "cue"
"""Kind of the markers that cues leave in a recording."""
CENTRE_HZ = 440.0
OCTAVES_PER_HALF_WIDTH = 0.5
LARGEST_ERROR = 2.0
"""Errors beyond so many half widths sound the same."""
PAN = {"left": -0.8, "right": 0.8}
Direction = Literal["raise", "lower"]

_WORDS: dict[CueMetric, dict[Direction, str]] = {
    "cadence_spm": {"raise": "quicker, shorter steps", "lower": "slower steps"},
    "cpd_peak_deg": {"raise": "let the pelvis drop", "lower": "keep the pelvis level"},
    "tir_exc_deg": {"raise": "let the shin turn", "lower": "kneecap forward, shin quiet"},
}


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue.

    Attributes:
        number: from 1 in a session.
        time_s: session time of the end of the stride that it rests on.
        metric: what is cued.
        side: leg; None for cadence, which has none.
        value: median of the last strides, unit of the metric.
        uncertainty: standard error of that median against the zone.
        zone: where it should lie.
    """

    number: int
    time_s: float
    metric: CueMetric
    side: Side | None
    value: float
    uncertainty: float
    zone: Zone

    @property
    def error(self) -> float:
        """Signed distance from the zone, in half widths."""
        return self.zone.error(self.value)

    @property
    def direction(self) -> Direction:
        """Which way the value should go."""
        return "lower" if self.error > 0.0 else "raise"

    @property
    def words(self) -> str:
        """The cue in words: ``left: keep the pelvis level``."""
        said = _WORDS[self.metric][self.direction]
        return f"{self.side}: {said}" if self.side else said

    @property
    def pitch_hz(self) -> float:
        """Pitch: above 440 Hz when the value is above the zone, below when it is below."""
        bounded = max(-LARGEST_ERROR, min(LARGEST_ERROR, self.error))
        return float(CENTRE_HZ * 2.0 ** (OCTAVES_PER_HALF_WIDTH * bounded))

    @property
    def pan(self) -> float:
        """Where it sounds: -1 left ear, 1 right ear, 0 both."""
        return PAN[self.side] if self.side else 0.0

    def marker_text(self) -> str:
        """The cue as the text of a marker; :func:`read_cue` undoes it."""
        return (
            f"cue {self.number} {self.metric} {self.side or 'both'} {self.direction} "
            f"value={self.value:.2f} uncertainty={self.uncertainty:.2f} "
            f"zone={self.zone.low:.2f}..{self.zone.high:.2f} "
            f"below={'cued' if self.zone.cue_below else 'fine'}"
        )


_NUMBER = r"(-?\d{1,6}\.\d{2})"
_MARKER = re.compile(
    rf"cue (\d{{1,7}}) (\w+) (left|right|both) (raise|lower) value={_NUMBER} "
    rf"uncertainty={_NUMBER} zone={_NUMBER}\.\.{_NUMBER} below=(cued|fine)"
)


def read_cue(text: str, time_s: float) -> Cue | None:
    """The cue of a marker's text; None when it is none.

    Args:
        text: the marker.
        time_s: its session time.
    """
    found = _MARKER.fullmatch(text)
    if found is None or found[2] not in CUE_METRICS or not float(found[7]) < float(found[8]):
        return None
    metric = next(known for known in CUE_METRICS if known == found[2])
    side = next((known for known in SIDES if known == found[3]), None)
    zone = Zone(float(found[7]), float(found[8]), cue_below=found[9] == "cued")
    return Cue(int(found[1]), time_s, metric, side, float(found[5]), float(found[6]), zone)
