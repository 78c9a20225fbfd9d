"""What happened after the cues of a session: for review, from the recording's markers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from pipeline.feedback_cue import MARKER_KIND, Cue, read_cue
from sensors.recording_schema import Marker

BEFORE_STRIDES = 5
AFTER_STRIDES = 5
SKIPPED_STRIDES = 1
"""The stride after a cue was begun before it was heard."""


@dataclass(frozen=True, slots=True)
class CueEffect:
    """A cue and what followed.

    Attributes:
        cue: the cue.
        before: median of the strides before it, unit of the metric; NaN when there were none.
        after: median of the strides after it, the first one left out; NaN when there were none.
    """

    cue: Cue
    before: float
    after: float

    @property
    def towards(self) -> float:
        """Change in the direction that the cue asked for, unit of the metric."""
        change = self.after - self.before
        return change if self.cue.direction == "raise" else -change


def cues_of(markers: Iterable[Marker]) -> list[Cue]:
    """The cues among the markers of a recording, in order."""
    read = (read_cue(m.text, m.time_s) for m in markers if m.kind == MARKER_KIND)
    return [cue for cue in read if cue is not None]


def cue_effects(cues: Sequence[Cue], strides: pd.DataFrame) -> list[CueEffect]:
    """Each cue with the strides around it.

    A cue without a leg (cadence) is held against the strides of both.

    Args:
        cues: cues of the session.
        strides: its stride table.
    """
    valid = strides[strides["valid"]].sort_values("next_foot_strike_s")
    effects = []
    for cue in cues:
        mine = valid if cue.side is None else valid[valid["side"] == cue.side]
        legs = 2 if cue.side is None else 1
        ends = mine["next_foot_strike_s"].to_numpy(np.float64)
        values = mine[cue.metric].to_numpy(np.float64)
        here = int(np.searchsorted(ends, cue.time_s + 1e-6, "right"))
        start = here + legs * SKIPPED_STRIDES
        effects.append(
            CueEffect(
                cue,
                _median(values[max(0, here - legs * BEFORE_STRIDES) : here]),
                _median(values[start : start + legs * AFTER_STRIDES]),
            )
        )
    return effects


def _median(values: npt.NDArray[np.float64]) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")
