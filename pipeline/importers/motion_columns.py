"""Which columns of an export tell specific force and angular rate, and the way from there to SI."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from pipeline.errors import ColumnError
from pipeline.importers.derived_motion import angular_rate, rotation_of, specific_force
from sensors.sample_block import FloatArray

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MotionNames:
    """Names that a maker gives to columns, in lower case; a quantity may have several sets.

    Attributes:
        acc: specific force in sensor axes, m/s².
        gyr: angular rate in sensor axes.
        gyr_degrees: whether it is in °/s, else rad/s.
        velocity_step: change of velocity over one sample, m/s.
        turn: change of orientation over one sample, quaternion w x y z.
        orientation: sensor to earth with z up: quaternion, roll-pitch-yaw in °, or matrix by column.
        free_acc: acceleration without gravity in the earth frame, m/s².
    """

    acc: tuple[Names, ...]
    gyr: tuple[Names, ...]
    gyr_degrees: bool
    velocity_step: tuple[Names, ...]
    turn: tuple[Names, ...]
    orientation: tuple[Names, ...]
    free_acc: tuple[Names, ...]

    def all(self) -> frozenset[str]:
        """Every name."""
        sets = (self.acc, self.gyr, self.velocity_step, self.turn, self.orientation, self.free_acc)
        return frozenset(name for each in sets for names in each for name in names)


@dataclass(frozen=True, slots=True)
class MotionColumns:
    """The columns that are used, best first: what was measured, increments, what was computed.

    Attributes:
        acc: columns of the acceleration.
        acc_kind: what they hold.
        gyr: columns of the angular rate.
        gyr_kind: what they hold.
        orientation: columns of the orientation, where one of the two is computed from it.
    """

    acc: Names
    acc_kind: Literal["measured", "step", "free"]
    gyr: Names
    gyr_kind: Literal["measured", "step", "orientation"]
    orientation: Names

    def used(self) -> Names:
        """All columns, each once."""
        return tuple(dict.fromkeys((*self.acc, *self.gyr, *self.orientation)))

    def triple(self, of: Literal["acc", "gyr"]) -> Names:
        """Three names to say in an error about the quantity."""
        names = self.acc if of == "acc" else self.gyr
        return names[-3:]


def choose_columns(
    there: Collection[str], names: MotionNames, *, path: Path, line: int | None
) -> MotionColumns:
    """Choose the columns that tell the motion.

    Args:
        there: names of the file's columns, in lower case.
        names: what the maker calls them.
        path: file, for errors.
        line: line of the header, for errors.

    Raises:
        ColumnError: acceleration or angular rate is not there and cannot be computed.
    """

    def first(sets: tuple[Names, ...]) -> Names:
        return next((each for each in sets if set(each) <= set(there)), ())

    orientation = first(names.orientation)
    acc, acc_step, free = first(names.acc), first(names.velocity_step), first(names.free_acc)
    gyr, turn = first(names.gyr), first(names.turn)
    free = free if orientation else ()
    if not (gyr or turn or orientation):
        raise ColumnError(
            "the file has no angular rate and no orientation to compute it from",
            path=path,
            line=line,
            column=names.gyr[0][0].title(),
            remedy="Export the gyroscope too: pelvic drop and tibial rotation are computed from it",
        )
    if not (acc or acc_step or free):
        raise ColumnError(
            "the file has no acceleration: orientation alone does not tell foot strikes",
            path=path,
            line=line,
            column=names.acc[0][0].title(),
            remedy="Export inertial data (acceleration with gravity, not free acceleration), or "
            "free acceleration together with orientation",
        )
    return MotionColumns(
        acc=acc or acc_step or free,
        acc_kind="measured" if acc else "step" if acc_step else "free",
        gyr=gyr or turn or orientation,
        gyr_kind="measured" if gyr else "step" if turn else "orientation",
        orientation=orientation if not (acc or acc_step) or not (gyr or turn) else (),
    )


def motion(
    these: Callable[[Names], FloatArray],
    columns: MotionColumns,
    time_s: FloatArray,
    *,
    degrees: bool,
    label: str,
    path: Path,
    said: list[str],
) -> tuple[FloatArray, FloatArray]:
    """Specific force and angular rate from the columns of a file.

    Args:
        these: gives columns as numbers, shape (n, k).
        columns: which to use.
        time_s: increasing times, shape (n,).
        degrees: whether a measured angular rate is in °/s.
        label: the sensor, for what is said.
        path: file, for errors.
        said: takes a sentence for each quantity that is computed.

    Returns:
        Specific force (n, 3), m/s², and angular rate (n, 3), rad/s, in sensor axes.

    Raises:
        ColumnError: a row holds no orientation.
    """
    step_s = max(float(np.median(np.diff(time_s))), 1e-9) if len(time_s) > 1 else 1.0
    turned = (
        rotation_of(these(columns.orientation), path, columns.orientation)
        if columns.orientation
        else None
    )
    if columns.gyr_kind == "measured":
        gyr = these(columns.gyr)
        gyr = np.deg2rad(gyr) if degrees else gyr.copy()
    elif columns.gyr_kind == "step" or turned is None:
        gyr = rotation_of(these(columns.gyr), path, columns.gyr).as_rotvec() / step_s
    else:
        gyr = angular_rate(turned, time_s)
        said.append(
            f"The {label} sensor was exported without its gyroscope: angular rate is computed "
            "from its orientation; fast turning comes out weaker than it was."
        )
    if columns.acc_kind == "measured":
        acc = these(columns.acc).copy()
    elif columns.acc_kind == "step" or turned is None:
        acc = these(columns.acc) / step_s
    else:
        acc = specific_force(turned, these(columns.acc))
        said.append(
            f"The {label} sensor was exported without its accelerometer: specific force is "
            "computed from free acceleration and orientation."
        )
    return acc, gyr
