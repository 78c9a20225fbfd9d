"""How the calibration of a live session is getting on, in terms that a runner can act on."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from pipeline.body_calibration import BodyCalibration, Preparation
from pipeline.orientation import unit
from pipeline.pelvis_axes import FUNCTIONAL_RATE_RAD_S, FUNCTIONAL_WINDOWS, functional_axis
from pipeline.stillness import GRAVITY_M_S2, STANDING_S, WINDOW_S, Standing, Window
from pipeline.track_set import TrackSet
from sensors.placement import Placement

STAND_ASKED_S = 5.0
"""Standing that the runner is asked for; `stillness.STANDING_S` of it calibrate."""
ATTEMPT_S = 0.75
"""Stillness of so long was an attempt to stand; shorter pauses were not."""
REMEMBERED_S = 4.0
"""So long it is said why an attempt was not good enough."""
LOOK_BACK_S = 120.0

Refusal = Literal["", "not_still", "gravity", "not_one_axis"]


@dataclass(frozen=True, slots=True)
class PreparationStatus:
    """Progress of a calibration.

    Attributes:
        step: what the runner should do now; ``stand`` also while a standing that is long enough
            to calibrate is not yet as long as asked for.
        still_s: how long all sensors have been still, up to now.
        stand_asked_s: how long the runner is asked to stand.
        moving: sensors that moved in the last quarter second.
        refusal: why the last attempt does not count: ``not_still`` (a sensor moved too early),
            ``gravity`` (a resting sensor does not read gravity), ``not_one_axis`` (the movement
            was not a plain bend); empty when there is nothing to say.
        refused: sensors that the refusal is about.
        movement: share of the movement that is wanted, 0 to 1.
        refusals: attempts of this session that did not count, up to now.
    """

    step: Preparation
    still_s: float
    stand_asked_s: float
    moving: tuple[Placement, ...]
    refusal: Refusal
    refused: tuple[Placement, ...]
    movement: float
    refusals: int = 0


class PreparationWatch:
    """Follows the calibration of one session.

    Walking off is movement, too, and looks like a crooked bend; so what was good enough once
    stays so until there is another standing.
    """

    def __init__(self) -> None:
        self._done_for: Standing | None = None
        self._refusal: Refusal = ""
        self._refusals = self._run = 0

    def status(
        self, samples: TrackSet, calibration: BodyCalibration, absent: Collection[Placement] = ()
    ) -> PreparationStatus:
        """Where the calibration stands, from the last seconds of samples.

        Args:
            samples: samples so far.
            calibration: calibration so far.
            absent: sensors that send nothing at present.
        """
        step = calibration.next_step(samples)
        placements = [p for p in samples.tracks if p not in absent]
        if not placements:
            return PreparationStatus(step, 0.0, STAND_ASKED_S, (), "", (), 0.0)
        newest = min(math.floor(samples.tracks[p].watermark_s / WINDOW_S) for p in placements) - 1
        recent = _recent(samples, placements, newest)
        run = _still_run(recent, newest)
        moving = tuple(p for p in placements if not _still(recent[p].get(newest)))
        standing = _last_standing(samples, newest)
        refusal: Refusal = ""
        refused: tuple[Placement, ...] = ()
        movement = 0.0
        if step == "go":
            self._done_for = standing
        elif step == "move" and standing is not None and standing == self._done_for:
            step = "go"
        if step == "stand":
            refusal, refused = _refusal(recent, newest)
        if step == "move" and standing is not None:
            movement, crooked = _movement(samples, standing, newest)
            if crooked:
                refusal, refused = "not_one_axis", (Placement.PELVIS,)
            goes_on = run * WINDOW_S >= STANDING_S and standing.end_s >= (newest + 1) * WINDOW_S
            if goes_on and run * WINDOW_S < STAND_ASKED_S:
                step = "stand"  # enough to calibrate, and getting better
        # a refusal is said for some seconds and counts once, unless another attempt has failed since
        failed_again = run == 0 and self._run * WINDOW_S >= ATTEMPT_S
        if refusal and (not self._refusal or failed_again):
            self._refusals += 1
        self._refusal, self._run = refusal, run
        return PreparationStatus(
            step, run * WINDOW_S, STAND_ASKED_S, moving, refusal, refused, movement, self._refusals
        )


Recent = Mapping[Placement, Mapping[int, Window]]


def _recent(samples: TrackSet, placements: Sequence[Placement], newest: int) -> Recent:
    first = newest - round((STAND_ASKED_S + REMEMBERED_S) / WINDOW_S)
    found: dict[Placement, dict[int, Window]] = {}
    for placement in placements:
        found[placement] = {}
        for number in range(first, newest + 1):
            windows = samples.stillness.windows(placement.value, (number,))
            if windows:
                found[placement][number] = windows[0]
    return found


def _still(window: Window | None) -> bool:
    return window is not None and window.still


def _still_run(recent: Recent, last: int) -> int:
    """Number of windows up to ``last`` in which every sensor was still."""
    run = 0
    while all(_still(windows.get(last - run)) for windows in recent.values()):
        run += 1
    return run


def _refusal(recent: Recent, newest: int) -> tuple[Refusal, tuple[Placement, ...]]:
    """What spoilt the last attempt to stand, if that was a moment ago."""
    wrong = tuple(p for p, windows in recent.items() if _reads_no_gravity(windows, newest))
    if wrong:
        return "gravity", wrong
    for number in range(newest, newest - round(REMEMBERED_S / WINDOW_S), -1):
        moved = tuple(p for p, windows in recent.items() if not _still(windows.get(number)))
        if moved and _still_run(recent, number - 1) * WINDOW_S >= ATTEMPT_S:
            return "not_still", moved
    return "", ()


def _reads_no_gravity(windows: Mapping[int, Window], newest: int) -> bool:
    """Whether a sensor that does not turn reads something else than gravity for a second."""
    numbers = range(newest - round(1.0 / WINDOW_S) + 1, newest + 1)
    for number in numbers:
        window = windows.get(number)
        if window is None or float(np.trace(window.rate_products)) > 0.05**2:
            return False
        norm = float(np.linalg.norm(window.mean_acc))
        if GRAVITY_M_S2[0] < norm < GRAVITY_M_S2[1]:
            return False
    return True


def _last_standing(samples: TrackSet, newest: int) -> Standing | None:
    now_s = (newest + 1) * WINDOW_S
    names = [p.value for p in samples.tracks]
    found = samples.stillness.standings(names, now_s - LOOK_BACK_S, now_s)
    return found[-1] if found else None


def _movement(samples: TrackSet, standing: Standing, newest: int) -> tuple[float, bool]:
    """Share of the wanted movement since a standing, and whether it was crooked."""
    name = Placement.PELVIS.value
    still = samples.stillness.mean_of(name, standing.windows)
    numbers = range(round(standing.end_s / WINDOW_S) - 1, newest + 1)
    after = samples.stillness.windows(name, numbers)
    if still is None:
        return 0.0, False
    moving = [
        w for w in after if math.sqrt(float(np.trace(w.rate_products))) > FUNCTIONAL_RATE_RAD_S
    ]
    share = min(1.0, len(moving) / FUNCTIONAL_WINDOWS)
    gravity, bias = still
    resting = len(after) >= 2 and all(w.still for w in after[-2:])
    crooked = (
        share >= 1.0
        and resting
        and functional_axis(unit(gravity), bias, samples.stillness.means(name, numbers)) is None
    )
    return share, crooked
