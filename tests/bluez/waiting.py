"""Waiting for something that another process does."""

from __future__ import annotations

import time
from collections.abc import Callable

STEP_S = 0.05


def wait_for(condition: Callable[[], bool], seconds: float, otherwise: str) -> None:
    """Return as soon as a condition holds.

    Raises:
        TimeoutError: it did not within so many seconds.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{otherwise} within {seconds:g} s")
        time.sleep(STEP_S)
