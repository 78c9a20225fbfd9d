"""How the sensors sit on the body: found from standing, from movements, from the gait itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pipeline.orientation import unit
from pipeline.pelvis_axes import functional_axis
from pipeline.stillness import STANDING_S, WINDOW_S, Standing, StillnessMonitor
from pipeline.track_set import TrackSet
from pipeline.worn_axes import Movement, WornAxes
from sensors.placement import Placement

WALK_OFF_S = 1.0
"""The last second before the first foot strike is walking off, not a calibration movement."""
LOOK_BACK_S = 120.0
"""Live guidance looks this far back for a standing."""
Preparation = Literal["stand", "move", "go"]


@dataclass(slots=True)
class BodyCalibration:
    """State of the calibration as the strides come in, in order of their ends.

    A calibration is made at the first stride after a standing. It is made anew at a later stride
    only if another standing with calibration movements has come since: an idle wait at a traffic
    light is no reason to change the zero in mid run.

    Attributes:
        worn: the axes in use; another object after each standing that is taken into use.
    """

    worn: WornAxes = field(default_factory=WornAxes)
    _considered_s: float = -1e9

    def consider(self, samples: TrackSet, stride_start_s: float, stride_end_s: float) -> bool:
        """Look for a new standing between the strides so far and a stride (start, end).

        Returns:
            Whether one was taken into use.
        """
        after_s = self._considered_s
        self._considered_s = max(after_s, stride_end_s)
        if stride_start_s - after_s < STANDING_S:
            return False
        return self._look(samples, after_s, stride_start_s)

    def forget(self, samples: TrackSet) -> None:
        """Forget the windows before the last stride considered: this calibration asks no more for them.

        For a live session only. Offline, others ask: a second pass, and who looks for tasks.
        """
        samples.forget_stillness(self._considered_s - WINDOW_S)

    def _look(self, samples: TrackSet, after_s: float, before_s: float) -> bool:
        stillness = samples.stillness
        names = [p.value for p in samples.tracks]
        standings = stillness.standings(names, after_s, before_s - WALK_OFF_S)
        if not standings:
            return False
        options = [(s, self._movement(stillness, s, before_s)) for s in standings]
        moved = [(s, m) for s, m in options if m is not None]
        if moved:
            self.worn = WornAxes.since(samples, *moved[-1])
            return True
        if self.worn.standing is None:
            self.worn = WornAxes.since(samples, max(standings, key=_length), None)
            return True
        return False

    def next_step(self, samples: TrackSet) -> Preparation:
        """What the runner should do next, as far as the samples tell; for live guidance."""
        if self.worn.standing is not None:
            return "go"
        names = [p.value for p in samples.tracks]
        now_s = min((t.watermark_s for t in samples.tracks.values()), default=0.0)
        standings = samples.stillness.standings(names, now_s - LOOK_BACK_S, now_s)
        if not standings:
            return "stand"
        moved = self._movement(samples.stillness, standings[-1], now_s + WALK_OFF_S)
        return "move" if moved is None else "go"

    def _movement(
        self, stillness: StillnessMonitor, standing: Standing, before_s: float
    ) -> Movement | None:
        """The pelvis axis from what was done after a standing and before walking off."""
        name = Placement.PELVIS.value
        still = stillness.mean_of(name, standing.windows)
        if still is None:
            return None
        gravity, bias = still
        numbers = range(
            round(standing.end_s / WINDOW_S) - 1, int((before_s - WALK_OFF_S) / WINDOW_S)
        )
        return functional_axis(unit(gravity), bias, stillness.means(name, numbers))


def _length(standing: Standing) -> float:
    return standing.end_s - standing.start_s
