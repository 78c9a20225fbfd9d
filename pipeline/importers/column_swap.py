"""Columns that stand in each other's place: told by the movement, where it can tell.

What the columns say as they are must be beyond what any real recording shows, and what they say in
another order must be usual: then they are exchanged. See :mod:`pipeline.importers.carried_force`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, permutations, product

import numpy as np
import numpy.typing as npt

from pipeline.importers.carried_force import Misfit, MotionWindows
from pipeline.importers.plausibility import gravity_level
from sensors.placement import Placement
from sensors.sample_block import FloatArray

MOST_MEAN_RATE_RAD_S = 0.8
"""Nobody turns about one axis all the time: such an angular rate is an acceleration."""
SHORTEST_S = 8.0

FAST_ENOUGH_HZ = 45.0
DOUBTFUL = Misfit(carried_m_s2=1.5, quiet_m_s2=3.2, upright=0.75)
"""Beyond these the order of the columns is doubted."""
DOUBTFUL_UNRESTED_M_S2 = 2.5
"""The first where nobody stood still: an offset of the gyroscope counts then, too."""
DOUBTFUL_KIND_M_S2 = 3.0
"""The first for an acceleration taken for an angular rate."""
DOUBTFUL_SLOW = Misfit(carried_m_s2=3.0, quiet_m_s2=math.inf, upright=math.inf)
"""Instead of these where samples are few."""
USUAL = Misfit(carried_m_s2=1.1, quiet_m_s2=2.0, upright=0.55)
"""Another order has to stay below these."""
CLEARLY_LESS, FAR_LESS = 0.5, 0.25
"""And below this share of what the order of the file shows; the second where samples are few."""


@dataclass(frozen=True, slots=True)
class Disorder:
    """What is wrong with the columns of a sensor.

    Attributes:
        what: a sentence without a full stop.
        column: number of the column it shows at, acceleration 0 to 2, angular rate 3 to 5.
        remedy: what to do.
    """

    what: str
    column: int
    remedy: str


def find_disorder(
    placement: Placement,
    acc: FloatArray,
    gyr: FloatArray,
    rate_hz: float,
    columns: Sequence[str],
    sound: npt.NDArray[np.bool_] | None = None,
) -> Disorder | None:
    """Find columns that were exchanged, or that point the other way.

    Args:
        placement: where the sensor is worn.
        acc: specific force, m/s², shape (n, 3).
        gyr: angular rate, rad/s, shape (n, 3).
        rate_hz: sampling rate.
        columns: names of the six columns in the file.
        sound: samples that are whole and come right after the one before, shape (n,).

    Returns:
        What is wrong; None where nothing is seen, which does not mean that all is right.
    """
    if len(acc) < SHORTEST_S * rate_hz:
        return None
    values = np.column_stack((acc, gyr))
    mean = np.abs(gyr.mean(axis=0))
    turning = int(np.argmax(mean))
    turns_on = bool(mean[turning] > MOST_MEAN_RATE_RAD_S)
    windows = MotionWindows.of(values, rate_hz, sound)
    if windows is not None:
        now = windows.misfit(np.eye(6))
        slow = rate_hz < FAST_ENOUGH_HZ
        most = DOUBTFUL_SLOW if slow else DOUBTFUL
        if not windows.rested:
            most = replace(most, carried_m_s2=max(most.carried_m_s2, DOUBTFUL_UNRESTED_M_S2))
        kinds = replace(most, carried_m_s2=max(most.carried_m_s2, DOUBTFUL_KIND_M_S2))
        share = FAR_LESS if slow else CLEARLY_LESS
        leg = placement is not Placement.PELVIS
        for orders in (_exchanges, _turns):
            fitting = []
            for mixes, matrix, disorder in orders(columns, placement.label):
                least = kinds if mixes else most
                if not ((mixes and turns_on) or _reaches(now, least, leg=leg)):
                    continue
                other = windows.misfit(matrix)
                if _explains(other, now, least, share, leg=leg):
                    fitting.append((_weight(other), disorder))
            if fitting:
                return min(fitting, key=lambda each: each[0])[1]
    if turns_on:
        return _exchanged(
            int(np.argmin(np.abs(acc.mean(axis=0)))), 3 + turning, columns, placement.label
        )
    return None


def swapped_quantities(acc: FloatArray, gyr: FloatArray, rate_hz: float) -> bool:
    """Whether the angular rate reads like gravity and the acceleration does not."""
    return 8.0 < gravity_level(gyr, rate_hz) < 14.0 and gravity_level(acc, rate_hz) < 4.0


def _reaches(misfit: Misfit, most: Misfit, *, leg: bool) -> bool:
    return (
        misfit.carried_m_s2 > most.carried_m_s2
        or misfit.quiet_m_s2 > most.quiet_m_s2
        or (leg and misfit.upright > most.upright)
    )


def _explains(other: Misfit, now: Misfit, most: Misfit, share: float, *, leg: bool) -> bool:
    """Whether an order is usual, tells of turning, and is far better where that of the file is doubtful."""
    if not other.told:
        return False
    for theirs, mine, doubtful, usual, counts in (
        (other.carried_m_s2, now.carried_m_s2, most.carried_m_s2, USUAL.carried_m_s2, True),
        (other.quiet_m_s2, now.quiet_m_s2, most.quiet_m_s2, USUAL.quiet_m_s2, True),
        (other.upright, now.upright, most.upright, USUAL.upright, leg),
    ):
        if not counts:
            continue
        if theirs > usual or (mine > doubtful and not theirs < share * mine):
            return False
    return not math.isnan(other.carried_m_s2) or not math.isnan(other.quiet_m_s2)


def _weight(misfit: Misfit) -> float:
    parts = (
        misfit.carried_m_s2 / USUAL.carried_m_s2,
        misfit.quiet_m_s2 / USUAL.quiet_m_s2,
        misfit.upright / USUAL.upright,
    )
    return sum(part for part in parts if not math.isnan(part))


def _exchanges(columns: Sequence[str], label: str) -> Iterator[tuple[bool, FloatArray, Disorder]]:
    for one, two in combinations(range(6), 2):
        matrix = np.eye(6)
        matrix[[one, two]] = matrix[[two, one]]
        yield one < 3 <= two, matrix, _exchanged(one, two, columns, label)


def _turns(columns: Sequence[str], label: str) -> Iterator[tuple[bool, FloatArray, Disorder]]:
    """Orders and signs of the angular rate against the acceleration."""
    for turned in permutations(range(3)):
        for signs in product((1.0, -1.0), repeat=3):
            if turned == (0, 1, 2) and min(signs) > 0:
                continue
            matrix = np.eye(6)
            matrix[3:, 3:] = np.diag(signs) @ np.eye(3)[list(turned)]
            yield False, matrix, _askew(turned, signs, columns, label)


def _exchanged(one: int, two: int, columns: Sequence[str], label: str) -> Disorder:
    return Disorder(
        f"{columns[one]} and {columns[two]} of the {label} sensor do not fit together as movement; "
        "it looks as if columns had been exchanged",
        two,
        "Check the order of the columns, and name them as they are",
    )


def _askew(
    turned: Sequence[int], signs: Sequence[float], columns: Sequence[str], label: str
) -> Disorder:
    triple = f"{columns[3]} to {columns[5]}"
    if tuple(turned) != (0, 1, 2):
        return Disorder(
            f"{triple} of the {label} sensor do not belong to the axes of {columns[0]} to {columns[2]}; "
            "it looks as if columns had been exchanged, or turned round",
            3,
            "Check order and signs of the columns: both quantities need the same right-handed axes",
        )
    wrong = [columns[3 + axis] for axis in range(3) if signs[axis] < 0]
    named = triple if len(wrong) == 3 else " and ".join(wrong)
    return Disorder(
        f"{named} of the {label} sensor turns the other way than its acceleration does; "
        "it looks like a wrong sign, or left-handed axes",
        3 + next(axis for axis in range(3) if signs[axis] < 0),
        "Turn the sign round: both quantities need the same right-handed axes",
    )
