"""Angular rate and specific force, where an export has only what was computed from them.

Orientation turns sensor axes into an earth frame with z up. Its change from sample to sample is
angular rate; free acceleration, given in that frame, plus gravity, turned back, is specific force.
Both are what the maker's filter makes of the measured values: fast parts are weaker than measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipeline.errors import ColumnError
from pipeline.importers.plausibility import STANDARD_GRAVITY
from sensors.sample_block import FloatArray

if TYPE_CHECKING:
    from scipy.spatial.transform import Rotation

_UNIT_TOLERANCE = 0.1
_SMALLEST_STEP = 1e-9


def rotation_of(
    values: FloatArray, path: Path, columns: Sequence[str], *, degrees: bool = True
) -> Rotation:
    """Orientation from numbers: a quaternion (w x y z), roll-pitch-yaw, or a matrix by columns.

    Args:
        values: shape (n, 4), (n, 3) or (n, 9).
        path: file, for errors.
        columns: names of the columns, for errors.
        degrees: whether roll, pitch and yaw are in degrees.

    Raises:
        ColumnError: a quaternion or matrix is none.
    """
    from scipy.spatial.transform import Rotation  # takes a second, and few files need it

    if values.shape[1] == 3:
        return Rotation.from_euler("ZYX", values[:, ::-1], degrees=degrees)
    size = np.linalg.norm(values, axis=1)
    if (np.abs(size - (1.0 if values.shape[1] == 4 else np.sqrt(3.0))) > _UNIT_TOLERANCE).any():
        raise ColumnError(
            f"{int((np.abs(size - np.median(size)) > _UNIT_TOLERANCE).sum()) or len(size)} rows "
            "hold no orientation",
            path=path,
            column=f"{columns[0]} to {columns[-1]}",
            remedy="Export the recording again",
        )
    if values.shape[1] == 4:
        return Rotation.from_quat(values, scalar_first=True)
    try:
        return Rotation.from_matrix(values.reshape(-1, 3, 3).transpose(0, 2, 1))
    except ValueError as error:
        raise ColumnError(
            "a row holds no rotation matrix",
            path=path,
            column=f"{columns[0]} to {columns[-1]}",
            remedy="Export the recording again",
        ) from error


def angular_rate(orientation: Rotation, time_s: FloatArray) -> FloatArray:
    """Angular rate in sensor axes from orientation.

    Over even samples it is the derivative of fourth order (four neighbours); beside a loss and at
    the ends the mean over the next step or steps.

    Args:
        orientation: sensor to earth, n of at least 2.
        time_s: shape (n,), increasing.

    Returns:
        Angular rate, rad/s, shape (n, 3).
    """
    steps_s = np.maximum(np.diff(time_s), _SMALLEST_STEP)
    turned = (orientation[:-1].inv() * orientation[1:]).as_rotvec()
    rate = turned / steps_s[:, None]
    usual_s = float(np.median(steps_s))
    even: npt.NDArray[np.bool_] = np.abs(steps_s - usual_s) < 0.3 * usual_s
    if not even.any():
        even[:] = True
    count = len(time_s)
    weight = np.zeros((count, 1))
    total = np.zeros((count, 3))
    use = even[:, None]
    total[:-1] += np.where(use, rate, 0.0)
    weight[:-1] += use
    total[1:] += np.where(use, rate, 0.0)
    weight[1:] += use
    gyr: FloatArray = total / np.maximum(weight, 1.0)
    if count >= 5:
        inner = even[:-3] & even[1:-2] & even[2:-1] & even[3:]
        smooth = (7.0 * (rate[1:-2] + rate[2:-1]) - (rate[:-3] + rate[3:])) / 12.0
        gyr[2:-2] = np.where(inner[:, None], smooth, gyr[2:-2])
    return gyr


def check_sign(
    orientation: FloatArray,
    acc: FloatArray,
    path: Path,
    columns: Sequence[str],
    *,
    z_down: bool = False,
) -> None:
    """See that a measured acceleration points up where the orientation says up.

    From acceleration and angular rate alone an acceleration of the opposite sign cannot be told: it is
    that of the mirrored movement.

    Args:
        orientation: as :func:`rotation_of` takes it; rows without one are passed over.
        acc: specific force in sensor axes, m/s², shape (n, 3).
        path: file, for errors.
        columns: names of the acceleration's columns, for errors.
        z_down: the earth frame has z down, not up.

    Raises:
        ColumnError: it points down.
    """
    size = np.linalg.norm(orientation, axis=1)
    usable = np.isfinite(size)
    if orientation.shape[1] != 3:
        whole = 1.0 if orientation.shape[1] == 4 else np.sqrt(3.0)
        usable &= np.abs(size - whole) <= _UNIT_TOLERANCE
    if not usable.any():
        return
    turned = rotation_of(orientation[usable], path, columns)
    level = float(turned.apply(acc[usable])[:, 2].mean()) * (-1.0 if z_down else 1.0)
    if level < -0.5 * STANDARD_GRAVITY:
        raise ColumnError(
            f"acceleration is {level:.3g} m/s² along the vertical of the orientation, where it "
            "should be 9.81",
            path=path,
            column=f"{columns[0]} to {columns[-1]}",
            remedy="Its sign is turned round: a sensor at rest has +9.81 along up",
        )


def specific_force(
    orientation: Rotation, free_acceleration: FloatArray, *, z_down: bool = False
) -> FloatArray:
    """Specific force in sensor axes from free acceleration.

    Args:
        orientation: sensor to earth, z up.
        free_acceleration: acceleration without gravity in the earth frame, m/s², shape (n, 3).
        z_down: the earth frame has z down, not up.

    Returns:
        Shape (n, 3), m/s².
    """
    up = -STANDARD_GRAVITY if z_down else STANDARD_GRAVITY
    with_gravity = free_acceleration + np.array([0.0, 0.0, up])
    force: FloatArray = orientation.inv().apply(with_gravity)
    return force
