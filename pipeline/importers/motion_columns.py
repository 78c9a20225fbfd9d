"""Which columns of an export tell specific force and angular rate, and the way from there to SI."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from pipeline.errors import ColumnError
from pipeline.importers.derived_motion import angular_rate, rotation_of, specific_force
from sensors.sample_block import LACKS_ACC, LACKS_GYR, FloatArray

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
    acc_kind: Literal["measured", "step", "free", "none"]
    gyr: Names
    gyr_kind: Literal["measured", "step", "orientation", "none"]
    orientation: Names

    @property
    def lacks(self) -> int:
        """``LACKS_*`` bits of what the file neither holds nor allows to compute."""
        no_acc, no_gyr = self.acc_kind == "none", self.gyr_kind == "none"
        return (LACKS_ACC if no_acc else 0) | (LACKS_GYR if no_gyr else 0)

    @property
    def computed(self) -> int:
        """The same bits for what is computed from orientation."""
        return (LACKS_ACC if self.acc_kind == "free" else 0) | (
            LACKS_GYR if self.gyr_kind == "orientation" else 0
        )

    def used(self) -> Names:
        """All columns, each once."""
        return tuple(dict.fromkeys((*self.acc, *self.gyr, *self.orientation)))

    def triple(self, of: Literal["acc", "gyr"]) -> Names:
        """Three names to say in an error about the quantity; of one that lacks, the other's."""
        names = self.acc if of == "acc" else self.gyr
        return (names or self.acc or self.gyr)[-3:]


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
        ColumnError: neither acceleration nor angular rate is there or can be computed, or there are
            only some of the columns of one.
    """

    def first(sets: tuple[Names, ...]) -> Names:
        return next((each for each in sets if set(each) <= set(there)), ())

    orientation = first(names.orientation)
    acc, acc_step, free = first(names.acc), first(names.velocity_step), first(names.free_acc)
    gyr, turn = first(names.gyr), first(names.turn)
    free = free if orientation else ()
    has_acc, has_gyr = bool(acc or acc_step or free), bool(gyr or turn or orientation)
    for has, of in ((has_acc, names.acc[0]), (has_gyr, names.gyr[0])):
        some = [name for name in of if name in there]
        if not has and some:  # a name that is written otherwise is no sensor without the quantity
            raise ColumnError(
                f"the column {next(name for name in of if name not in there).title()} is not there, "
                f"but {some[0].title()} is",
                path=path,
                line=line,
                column=some[0].title(),
                remedy="Export the recording again, with all three axes",
            )
    if not (has_gyr or has_acc):
        raise ColumnError(
            "the file has neither acceleration nor angular rate, and no orientation to compute it from",
            path=path,
            line=line,
            column=names.acc[0][0].title(),
            remedy="Export inertial data: acceleration with gravity, and angular rate",
        )
    acc_computed, gyr_computed = not (acc or acc_step), not (gyr or turn)
    return MotionColumns(
        acc=acc or acc_step or free,
        acc_kind="measured" if acc else "step" if acc_step else "free" if free else "none",
        gyr=gyr or turn or orientation,
        gyr_kind="measured" if gyr else "step" if turn else "orientation" if has_gyr else "none",
        orientation=orientation if (acc_computed and free) or gyr_computed else (),
    )


def motion(
    these: Callable[[Names], FloatArray],
    columns: MotionColumns,
    time_s: FloatArray,
    *,
    degrees: bool,
    path: Path,
    z_down: bool = False,
) -> tuple[FloatArray, FloatArray]:
    """Specific force and angular rate from the columns of a file.

    Args:
        these: gives columns as numbers, shape (n, k).
        columns: which to use.
        time_s: increasing times, shape (n,).
        degrees: whether a measured angular rate is in °/s.
        path: file, for errors.
        z_down: the earth frame of orientation and free acceleration has z down.

    Returns:
        Specific force (n, 3), m/s², and angular rate (n, 3), rad/s, in sensor axes; NaN for what
        lacks.

    Raises:
        ColumnError: a row holds no orientation.
    """
    step_s = max(float(np.median(np.diff(time_s))), 1e-9) if len(time_s) > 1 else 1.0
    turned = (
        rotation_of(these(columns.orientation), path, columns.orientation)
        if columns.orientation
        else None
    )
    absent = np.full((len(time_s), 3), np.nan)
    if columns.gyr_kind == "none":
        gyr = absent
    elif columns.gyr_kind == "measured":
        gyr = these(columns.gyr)
        gyr = np.deg2rad(gyr) if degrees else gyr.copy()
    elif columns.gyr_kind == "step" or turned is None:
        gyr = rotation_of(these(columns.gyr), path, columns.gyr).as_rotvec() / step_s
    else:
        gyr = angular_rate(turned, time_s)
    if columns.acc_kind == "none":
        acc = absent
    elif columns.acc_kind == "measured":
        acc = these(columns.acc).copy()
    elif columns.acc_kind == "step" or turned is None:
        acc = these(columns.acc) / step_s
    else:
        acc = specific_force(turned, these(columns.acc), z_down=z_down)
    return acc, gyr
