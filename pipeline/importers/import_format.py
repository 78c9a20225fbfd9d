"""Names of the foreign formats that a user can ask for."""

from __future__ import annotations

from typing import Literal, get_args

ImportFormat = Literal[
    "auto",
    "csv",
    "parquet",
    "xsens-mtw",
    "xsens-mvnx",
    "movella-dot",
    "metawear",
    "x-imu3",
    "apdm",
    "shimmer",
    "nilspod",
    "motion-bids",
]
IMPORT_FORMATS: tuple[ImportFormat, ...] = get_args(ImportFormat)
"""Names for the command line's ``--format``."""
