"""Names of the columns of neutral samples."""

from __future__ import annotations

NUMBER_COLUMNS = ("time_s", "acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z")
COLUMNS = ("time_s", "placement", *NUMBER_COLUMNS[1:])
"""Columns of neutral samples."""
COUNT_COLUMNS = ("sample_index", "rate_hz", "clipped_acc", "clipped_gyr")
"""Further columns that are used where all four are there, as in tables that were exported."""
