"""Whether the disk has room for a recording."""

from __future__ import annotations

import shutil
from pathlib import Path

USUAL_BYTES_PER_S = 12_000.0
"""What three sensors at 200 Hz take, about 40 MB an hour; used until the recording shows its own."""
SHORT_S = 1800.0
"""Time left below which the user is told."""
_SHOWS_AFTER_S = 60.0


def space_notice(folder: Path, written_bytes: int = 0, elapsed_s: float = 0.0) -> str:
    """A sentence when the disk will be full soon; empty when it will not, or nobody knows.

    Args:
        folder: where the recording is.
        written_bytes: its length so far.
        elapsed_s: how long that took.
    """
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return ""  # writing will tell
    per_s = USUAL_BYTES_PER_S
    if elapsed_s > _SHOWS_AFTER_S:
        per_s = max(written_bytes / elapsed_s, 1.0)
    left_s = free / per_s
    if left_s >= SHORT_S:
        return ""
    return (
        f"the disk has room for {left_s / 60:.0f} more minutes of recording"
        f" ({free / 1e6:.0f} MB in {folder})"
    )
