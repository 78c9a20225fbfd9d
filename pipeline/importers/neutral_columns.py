"""Names of the columns of neutral samples."""

from __future__ import annotations

import numpy as np

from sensors.sample_block import LACKS_ACC, LACKS_GYR, FloatArray

NUMBER_COLUMNS = ("time_s", "acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")
COLUMNS = ("time_s", "placement", *NUMBER_COLUMNS[1:])
"""Columns of neutral samples."""
COUNT_COLUMNS = ("sample_index", "rate_hz", "clipped_acc", "clipped_gyr")
"""Further columns that are used where all four are there, as in tables that were exported."""


def lacks_of_columns(values: FloatArray) -> int:
    """What a sensor does not have: the quantity whose three columns are empty in all of its rows.

    Args:
        values: ``NUMBER_COLUMNS`` of the rows of one sensor, shape (n, 7 or more).

    Returns:
        ``LACKS_ACC``, ``LACKS_GYR``, or 0: also where both are empty, which is no sensor at all.
    """
    no_acc, no_gyr = bool(np.isnan(values[:, 1:4]).all()), bool(np.isnan(values[:, 4:7]).all())
    if no_acc == no_gyr:
        return 0
    return LACKS_ACC if no_acc else LACKS_GYR
