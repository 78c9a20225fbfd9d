"""The sampling rate of an MT Manager export, from whatever in the file tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from pipeline.errors import RateError
from pipeline.importers.mtw_file import MtwFile
from sensors.sample_block import FloatArray

if TYPE_CHECKING:
    from scipy.spatial.transform import Rotation

FINE_TIME_HZ = 10_000.0
"""Ticks of ``SampleTimeFine`` per second."""
DEVICE_RATES_HZ = np.array(
    [20, 25, 30, 40, 50, 60, 75, 80, 100, 120, 150, 200, 240, 400, 600, 800, 1000, 1200, 1800]
)
"""Rates that MT Manager offers for the sensors it knows."""

_LEAST_TURNING_RAD_S = 0.5
_LEAST_PAIRS = 50
_SNAP = 0.03


def mtw_rate_hz(
    file: MtwFile,
    given_hz: float | None,
    count: npt.NDArray[np.int64],
    *,
    gyr: FloatArray | None,
    fine_time: FloatArray | None,
    orientation: FloatArray | None,
    warnings: list[str],
) -> float:
    """Sampling rate: as given, as the head tells, from the sample time, or from the movement.

    The last resort compares how far the exported orientation turned from one sample to the next
    with the angular rate; that gives the sample interval, which is taken to the nearest rate that
    the devices have.

    Args:
        file: the export.
        given_hz: rate that the caller gives, or None.
        count: sample numbers, shape (n,).
        gyr: measured angular rate, rad/s, shape (n, 3), or None.
        fine_time: ``SampleTimeFine``, shape (n,), or None.
        orientation: the columns of one of ``mtw_file.ORIENTATIONS``, shape (n, 3, 4 or 9), or None.
        warnings: takes a sentence when the rate was found from the movement.

    Raises:
        RateError: nothing tells the rate, or it is none.
    """
    for rate_hz in (given_hz, file.update_rate_hz):
        if rate_hz is not None:
            if not 1.0 <= rate_hz <= 1e5:
                raise _no_rate(file, f"{rate_hz:g} Hz is no sampling rate")
            return float(rate_hz)
    if fine_time is not None and len(fine_time) > 1 and np.isfinite(fine_time[[0, -1]]).all():
        ticks = (fine_time[-1] - fine_time[0]) % 2**32
        if ticks > 0:
            return float((count[-1] - count[0]) * FINE_TIME_HZ / ticks)
    found = (
        None if orientation is None or gyr is None else _rate_of_movement(count, gyr, orientation)
    )
    if found is None:
        raise _no_rate(file, "the file does not tell its sampling rate")
    warnings.append(
        f"{file.table.path.name} does not tell its sampling rate; angular rate and orientation "
        f"agree at {found:g} Hz."
    )
    return found


def _rate_of_movement(
    count: npt.NDArray[np.int64], gyr: FloatArray, orientation: FloatArray
) -> float | None:
    usable = np.all(np.isfinite(orientation), axis=1)
    speed = np.linalg.norm(gyr, axis=1)
    mean_speed = 0.5 * (speed[1:] + speed[:-1])
    pairs = np.flatnonzero(
        (np.diff(count) == 1) & usable[1:] & usable[:-1] & (mean_speed > _LEAST_TURNING_RAD_S)
    )
    if len(pairs) < _LEAST_PAIRS:
        return None
    try:
        before = _rotation(orientation[pairs])
        after = _rotation(orientation[pairs + 1])
    except ValueError:  # a quaternion of zeros, a matrix that is no rotation
        return None
    turned = (before.inv() * after).magnitude()
    interval_s = float(np.median(turned / mean_speed[pairs]))
    if not interval_s > 0:
        return None
    rate_hz = 1.0 / interval_s
    nearest = float(DEVICE_RATES_HZ[np.argmin(np.abs(DEVICE_RATES_HZ - rate_hz))])
    return nearest if abs(rate_hz / nearest - 1.0) < _SNAP else None


def _rotation(orientation: FloatArray) -> Rotation:
    from scipy.spatial.transform import Rotation  # takes a second, and few files need it

    columns = orientation.shape[1]
    if columns == 4:
        return Rotation.from_quat(orientation, scalar_first=True)
    if columns == 9:
        return Rotation.from_matrix(orientation.reshape(-1, 3, 3).transpose(0, 2, 1))
    return Rotation.from_euler("ZYX", orientation[:, ::-1], degrees=True)


def _no_rate(file: MtwFile, what: str) -> RateError:
    return RateError(
        what, path=file.table.path, remedy="Give the rate that was set in MT Manager: --rate HZ"
    )
